"""The zero-shot classifier: a label set to labels for every image of a store.

`predict` takes any store, whatever is behind its variant: an encoder embeds the labels, a label bank looks them up, and
a table of scores has a column for each::

    build_classifier(label_set, encoder)  -> Classifier
    classify(store, classifier, mode)     -> Predictions   the best label, or those that a `Mode` lets through
    open_scores(store, label_set)         -> LabelScores   every score, in blocks
    score_image(store, label_set, row)    -> ImageScores   one image's score with every label
    find_images(store, text=..., k=50)    -> Found         the images nearest to a text, a picture or an image
    embed_words(store, words)             -> EmbeddedWords thousands of words at once, those too long left out
    choose_options(store, options)        -> OptionChoices each image's best of its own options
"""

from clipdash.zeroshot.choosing import OptionChoices, choose_options
from clipdash.zeroshot.classifier import Classifier, build_classifier, embed_labels, fill_prompts
from clipdash.zeroshot.close import ImageScores, score_image
from clipdash.zeroshot.columns import find_budget, share_columns
from clipdash.zeroshot.finding import USUAL_K, Found, find_images
from clipdash.zeroshot.options import ROLES, TRUTH, Options, read_options
from clipdash.zeroshot.predictions import Predictions, carry_labels, classify, predict
from clipdash.zeroshot.prepared import PreparedLabels, predict_rows, prepare_labels
from clipdash.zeroshot.scores import LabelScores, cut_rows, open_scores, score_images, soften
from clipdash.zeroshot.texts import open_texts, ship_prompts
from clipdash.zeroshot.wording import EmbeddedWords, embed_words

__all__ = [
    "ROLES",
    "TRUTH",
    "USUAL_K",
    "Classifier",
    "EmbeddedWords",
    "Found",
    "ImageScores",
    "LabelScores",
    "OptionChoices",
    "Options",
    "Predictions",
    "PreparedLabels",
    "build_classifier",
    "carry_labels",
    "choose_options",
    "classify",
    "cut_rows",
    "embed_labels",
    "embed_words",
    "fill_prompts",
    "find_budget",
    "find_images",
    "open_scores",
    "open_texts",
    "predict",
    "predict_rows",
    "prepare_labels",
    "read_options",
    "score_image",
    "score_images",
    "share_columns",
    "ship_prompts",
    "soften",
]
