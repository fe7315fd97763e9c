"""Linear probes and learning curves beside zero-shot."""

from clipdash.probes.learning import learn_curve
from clipdash.probes.linear import fit_probe
from clipdash.probes.sample import Sample, gather_sample
from clipdash.probes.split import hold_out

__all__ = ["Sample", "fit_probe", "gather_sample", "hold_out", "learn_curve"]
