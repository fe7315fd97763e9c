"""What errors of the annotation do to rates and shifts; this is not mere attenuation."""


def observed_rate(rate: float, swapped: float, error: float) -> float:
    """Return the rate that is seen when a share of the annotations names the other value.

    Parameters
    ----------
    rate : float
        Rate among images whose annotation is right.
    swapped : float
        Rate among images whose annotation names the other value: the share that carries a label of their own value,
        which then counts against them.
    error : float
        Share of the annotations that are wrong, from 0 to below 1.

    Returns
    -------
    float
        ``(1 - e) r + e s``.

    References
    ----------
    W. J. Rogan, B. Gladen (1978), Estimating prevalence from the results of a screening test. American Journal of
    Epidemiology 107, 71-76.

    Examples
    --------
    A neutral label that lowers `swapped` from .95 to .30 makes a shift by itself:

    >>> round(observed_rate(0.05, 0.30, 0.02) - observed_rate(0.05, 0.95, 0.02), 3)
    -0.013
    """
    _check_error(error)
    return (1 - error) * rate + error * swapped


def corrected_rate(observed: float, swapped: float, error: float) -> float:
    """Return the rate behind an observed one: the inverse of `observed_rate`; not cut to 0 and 1."""
    _check_error(error)
    return (observed - error * swapped) / (1 - error)


def vanishing_error(observed_shift: float, swapped_shift: float) -> float | None:
    """Return the share of wrong annotations at which an observed shift would be nothing but their doing.

    Parameters
    ----------
    observed_shift : float
        Rate after minus rate before.
    swapped_shift : float
        The same of the images whose annotation names the other value.

    Returns
    -------
    float or None
        Where ``observed - e * swapped`` is 0, from 0 to below 1; None where no such share explains the shift.
    """
    if observed_shift == 0:
        return 0.0
    if swapped_shift == 0:
        return None
    error = observed_shift / swapped_shift
    return error if 0 < error < 1 else None


def _check_error(error: float) -> None:
    if not 0 <= error < 1:
        raise ValueError(f"a share of wrong annotations must lie from 0 to below 1; got {error}")
