"""Traces in a static picture: lines and marks, bars with patterns, ribbons between labels."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from math import pi, sqrt
from typing import Any

from clipdash.charts.canvas import Axis, Box, check_fixed, check_known, pixels, tag

__all__: list[str] = []

_HOVER = ("customdata", "hoverinfo", "hovertext", "name", "type", "unselected")
_SCATTER = (*_HOVER, "cliponaxis", "fill", "fillcolor", "line", "marker", "mode", "x", "xaxis", "y", "yaxis")
_BAR = (*_HOVER, "marker", "orientation", "width", "x", "y")
_SANKEY = ("type", "arrangement", "node", "link")


def draw_trace(trace: Mapping[str, Any], axes: Mapping[str, Axis], name: str) -> str:
    """Draw a trace of points; `name` leads to the area that lines may not leave."""
    check_known(trace, _SCATTER, "a scatter trace")
    x, y = axes[trace.get("xaxis", "x")], axes[trace.get("yaxis", "y")]
    if trace["mode"] == "lines":
        return _draw_line(trace, x, y, name)
    if trace["mode"] == "markers":
        return _draw_markers(trace, x, y)
    raise ValueError(f'a picture cannot draw the mode "{trace["mode"]}"')


def _draw_line(trace: Mapping[str, Any], x: Axis, y: Axis, name: str) -> str:
    line = trace["line"]
    check_known(line, ("color", "dash", "shape", "width"), "a line")
    check_fixed(trace, {"fill": "toself"}, "a line")
    shape, width = line.get("shape", "linear"), line["width"]
    path = "".join(
        _write_path(part, shape) + ("Z" if "fill" in trace else "")
        for part in _list_parts(trace["x"], trace["y"], x, y)
    )
    return tag(
        "path",
        d=path,
        fill=trace["fillcolor"] if "fill" in trace else "none",
        stroke=line.get("color") if width else None,
        stroke_width=width or None,
        stroke_dasharray=_write_dash(line.get("dash", "solid"), width),
        clip_path=f"url(#{name}-{x.name}{y.name})",
    )


def _list_parts(xs: Sequence[Any], ys: Sequence[Any], x: Axis, y: Axis) -> Iterator[list[tuple[float, float]]]:
    part: list[tuple[float, float]] = []
    for value, level in zip(xs, ys, strict=True):
        across = None if value is None else x.place(value)
        down = None if level is None else y.place(level)
        if across is not None and down is not None:
            part.append((across, down))
        elif part:
            yield part
            part = []
    if part:
        yield part


def _write_path(part: Sequence[tuple[float, float]], shape: str) -> str:
    steps = {"linear": "L{x},{y}", "vh": "V{y}H{x}"}
    if shape not in steps:
        raise ValueError(f'a picture cannot draw a line of shape "{shape}"')
    first, *rest = ((pixels(x), pixels(y)) for x, y in part)
    return f"M{first[0]},{first[1]}" + "".join(steps[shape].format(x=x, y=y) for x, y in rest)


def _write_dash(dash: str, width: float) -> str | None:
    if dash not in ("solid", "dot"):
        raise ValueError(f'a picture cannot draw a line of dash "{dash}"')
    length = pixels(max(width, 3))
    return f"{length},{length}" if dash == "dot" else None


def _draw_markers(trace: Mapping[str, Any], x: Axis, y: Axis) -> str:
    marker = trace["marker"]
    check_known(marker, ("color", "line", "opacity", "size", "symbol"), "a marker")
    check_known(marker.get("line", {}), ("color", "width"), "the line of a marker")
    check_fixed(marker, {"opacity": 1}, "a marker")
    count, edge = len(trace["x"]), marker.get("line", {})
    looks = zip(
        *(_repeat(value, count) for value in (marker["symbol"], marker["size"], marker.get("color"))),
        *(_repeat(edge.get(key), count) for key in ("color", "width")),
        strict=True,
    )
    return "".join(
        _draw_mark((float(x.place(value) or 0.0), float(y.place(level) or 0.0)), look)
        for value, level, look in zip(trace["x"], trace["y"], looks, strict=True)
        if x.holds(value) and y.holds(level)
    )


def _repeat(value: Any, count: int) -> Sequence[Any]:
    return value if isinstance(value, list | tuple) else [value] * count


def _draw_mark(place: tuple[float, float], look: tuple[Any, ...]) -> str:
    (x, y), (symbol, size, colour, edge, width) = place, look
    radius, line = size / 2, {"stroke": edge, "stroke_width": width if edge else None}
    if symbol == "circle":
        return tag("circle", cx=x, cy=y, r=radius, fill=colour, **line)
    if symbol == "square":
        return tag("rect", x=x - radius, y=y - radius, width=float(size), height=float(size), fill=colour, **line)
    if symbol == "diamond":
        reach = 1.3 * radius
        corners = ((reach, 0), (0, reach), (-reach, 0), (0, -reach))
        path = "M" + "L".join(f"{pixels(x + across)},{pixels(y + down)}" for across, down in corners) + "Z"
        return tag("path", d=path, fill=colour, **line)
    if symbol == "line-ns":
        reach = 1.4 * radius
        return tag("path", d=f"M{pixels(x)},{pixels(y - reach)}V{pixels(y + reach)}", **line)
    raise ValueError(f'a picture cannot draw the symbol "{symbol}"')


def draw_bars(traces: Sequence[Mapping[str, Any]], axes: Mapping[str, Axis], name: str) -> str:
    """Draw lying bars, each trace's after those of the traces before it."""
    x, y = axes["x"], axes["y"]
    starts: defaultdict[float, float] = defaultdict(float)
    drawn = []
    for place, trace in enumerate(traces):
        check_known(trace, _BAR, "a bar trace")
        check_fixed(trace, {"orientation": "h"}, "a bar trace")
        marker = trace["marker"]
        check_known(marker, ("color", "line", "pattern"), "a bar")
        fill = f"url(#{name}-fill{place})" if "pattern" in marker else marker["color"]
        if "pattern" in marker:
            drawn.append(_draw_pattern(marker["pattern"], marker["color"], f"{name}-fill{place}"))
        look = {"fill": fill, "stroke": marker["line"]["color"], "stroke_width": marker["line"]["width"]}
        for share, level, width in zip(trace["x"], trace["y"], trace["width"], strict=True):
            if share is not None:
                drawn.append(_draw_bar(x, y, (starts[level], starts[level] + share), (level, width), look))
                starts[level] += share
    return "".join(drawn)


def _draw_bar(x: Axis, y: Axis, ends: tuple[float, float], row: tuple[float, float], look: Mapping[str, Any]) -> str:
    left, right = (x.place(end) or 0.0 for end in ends)
    upper, lower = sorted(y.place(row[0] + half * row[1]) or 0.0 for half in (-0.5, 0.5))
    return tag("rect", x=left, y=upper, width=right - left, height=lower - upper, **look)


def _draw_pattern(pattern: Mapping[str, Any], colour: str, name: str) -> str:
    """Draw plotly's pattern of lines or dots: `solidity` is the part of the ground that it covers."""
    check_known(pattern, ("fgcolor", "fgopacity", "fillmode", "shape", "size", "solidity"), "a pattern")
    check_fixed(pattern, {"fillmode": "overlay"}, "a pattern")
    size, solidity, stroke, opacity = (pattern[key] for key in ("size", "solidity", "fgcolor", "fgopacity"))
    if pattern["shape"] == "/":
        side = size * sqrt(2)
        half, corner = f"l{side / 2},{-side / 2}", f"M0,{side}L{side},0"
        path = f"M{-side / 4},{side / 4}{half}{corner}M{side * 0.75},{side * 1.25}{half}"
        sign = tag("path", d=path, stroke=stroke, stroke_width=solidity * size, opacity=opacity)
    elif pattern["shape"] == ".":
        side = float(size)
        radius = sqrt(solidity * size * size / pi)
        sign = tag("circle", cx=side / 2, cy=side / 2, r=radius, fill=stroke, opacity=opacity)
    else:
        raise ValueError(f'a picture cannot draw the pattern "{pattern["shape"]}"')
    ground = tag("rect", width=float(side), height=float(side), fill=colour)
    return tag("pattern", ground, sign, id=name, width=side, height=side, patternUnits="userSpaceOnUse")


def draw_sankey(trace: Mapping[str, Any], box: Box) -> str:
    """Draw ribbons between nodes at both sides, at the scale and in the order that plotly has them."""
    check_known(trace, _SANKEY, "a sankey trace")
    node, link = trace["node"], trace["link"]
    check_known(node, ("color", "hoverinfo", "label", "line", "pad", "thickness", "x", "y"), "the nodes")
    check_known(link, ("color", "customdata", "hovertemplate", "label", "source", "target", "value"), "the ribbons")
    check_fixed(trace, {"arrangement": "fixed"}, "a sankey trace")
    values: defaultdict[int, float] = defaultdict(float)
    flows = list(zip(link["source"], link["target"], link["value"], link["color"], strict=True))
    for source, target, value, _ in flows:
        values[source] += value
        values[target] += value
    sides = [sum(x < 0.5 for x in node["x"]), sum(x >= 0.5 for x in node["x"])]
    scale = (box.height - (max(sides) - 1) * node["pad"]) / sum(value for _, _, value, _ in flows)
    tops = {place: box.top + y * box.height - values[place] * scale / 2 for place, y in enumerate(node["y"])}
    middles = [box.left + x * box.width for x in node["x"]]
    half = node["thickness"] / 2
    ribbons = _place_ribbons(flows, tops, scale)
    drawn = [
        _draw_ribbon((middles[source] + half, middles[target] - half), *ribbons[place], colour)
        for place, (source, target, _, colour) in enumerate(flows)
    ]
    drawn += [
        tag("rect", x=middle - half, y=tops[place], width=2 * half, height=values[place] * scale, fill=node["color"])
        for place, middle in enumerate(middles)
    ]
    return "".join(drawn)


def _place_ribbons(
    flows: Sequence[tuple[int, int, float, str]], tops: Mapping[int, float], scale: float
) -> dict[int, tuple[float, float, float]]:
    """Return upper end at the source, upper end at the target, and thickness of each ribbon."""
    starts: dict[int, list[float]] = {place: [0.0, 0.0] for place in range(len(flows))}
    pairs = [(flow[0], flow[1]) for flow in flows]
    for end in (0, 1):
        filled, far = dict(tops), [tops[pair[1 - end]] for pair in pairs]
        for place in sorted(starts, key=far.__getitem__):
            own = pairs[place][end]
            starts[place][end] = filled[own]
            filled[own] += flows[place][2] * scale
    return {place: (first, last, flows[place][2] * scale) for place, (first, last) in starts.items()}


def _draw_ribbon(ends: tuple[float, float], first: float, last: float, thickness: float, colour: str) -> str:
    left, right = map(pixels, ends)
    middle = pixels(sum(ends) / 2)
    upper, lower = (pixels(first), pixels(last)), (pixels(first + thickness), pixels(last + thickness))
    path = f"M{left},{upper[0]}C{middle},{upper[0]} {middle},{upper[1]} {right},{upper[1]}L{right},{lower[1]}"
    return tag("path", d=f"{path}C{middle},{lower[1]} {middle},{lower[0]} {left},{lower[0]}Z", fill=colour)
