"""Static pictures beside what plotly draws itself, in a real browser."""

import pytest
from results import make_shift

from clipdash.charts import draw_picture, read_plotly, shift_chart, write_figures

pytestmark = pytest.mark.browser

WIDTH = 680
PLACES = """() => {
  const origin = document.querySelector('#drawn .main-svg').getBoundingClientRect();
  return Array.from(document.querySelectorAll('#drawn .points path.point'), (mark) => {
    const box = mark.getBoundingClientRect();
    return [box.x + box.width / 2 - origin.x, box.y + box.height / 2 - origin.y];
  });
}"""
OURS = """() => {
  const picture = document.querySelector('#still svg');
  const origin = picture.getBoundingClientRect();
  return Array.from(picture.querySelectorAll(':scope > circle, :scope > path[fill^="#"]'), (mark) => {
    const box = mark.getBoundingClientRect();
    return [box.x + box.width / 2 - origin.x, box.y + box.height / 2 - origin.y];
  });
}"""
WORDS = """(within) => Array.from(document.querySelectorAll(within), (text) => {
  const box = text.getBoundingClientRect(), origin = text.closest('svg').getBoundingClientRect();
  return [text.textContent, box.x - origin.x, box.y + box.height / 2 - origin.y];
}).filter(([said]) => said)"""


def test_marks_and_words_of_a_picture_lie_where_plotly_puts_them(chromium):
    figure = shift_chart(make_shift())
    page = chromium.new_page(viewport={"width": 1440, "height": 900})
    page.set_content(
        f'<div id="still">{draw_picture(figure, "shift", width=WIDTH)}</div>'
        f'<div id="drawn" style="width:{WIDTH}px"></div>'
        f"<script>{read_plotly()}</script><script>const figures = {write_figures({'drawn': figure})};"
        "Plotly.newPlot('drawn', figures.drawn.data, figures.drawn.layout, {displayModeBar: false});</script>"
    )
    page.wait_for_function("() => document.querySelectorAll('#drawn .points path.point').length === 9")
    theirs, ours = page.evaluate(PLACES), page.evaluate(OURS)
    assert len(ours) == len(theirs) == 9
    for mark, other in zip(sorted(ours), sorted(theirs), strict=True):
        assert mark == pytest.approx(other, abs=1)
    written = sorted(page.evaluate(WORDS, "#still text"))
    drawn = sorted(page.evaluate(WORDS, "#drawn :is(.xtick text, .x2tick text, .annotation-text)"))
    assert [said for said, *_ in written] == [said for said, *_ in drawn]
    for (said, *place), (_, *other) in zip(written, drawn, strict=True):
        assert place == pytest.approx(other, abs=2), said
    page.close()
