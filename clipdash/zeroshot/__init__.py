"""The zero-shot classifier: a label set to labels for every image of a store.

`predict` takes any store, whatever is behind its variant: an encoder embeds the labels, a label bank looks them up, and
a table of scores has a column for each::

    build_classifier(label_set, encoder)  -> Classifier
    classify(store, classifier, mode)     -> Predictions   the best label, or those that a `Mode` lets through
    open_scores(store, label_set)         -> LabelScores   every score, in blocks
"""

from clipdash.zeroshot.classifier import Classifier, build_classifier, embed_labels
from clipdash.zeroshot.predictions import Predictions, carry_labels, classify, predict
from clipdash.zeroshot.scores import LabelScores, open_scores, score_images, soften

__all__ = [
    "Classifier",
    "LabelScores",
    "Predictions",
    "build_classifier",
    "carry_labels",
    "classify",
    "embed_labels",
    "open_scores",
    "predict",
    "score_images",
    "soften",
]
