"""A store built from the page, in a real browser and by a real process, from nothing to its use."""

import pytest
from PIL import Image
from playwright.sync_api import expect
from tiny_encoder import save_tiny_encoder
from visits import check_accessibility, serve, settle

pytestmark = pytest.mark.browser
IMAGES = 30


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    """Pictures, annotations and a tiny encoder, and no store."""
    folder = tmp_path_factory.mktemp("world")
    save_tiny_encoder(folder / "tiny")
    (folder / "images").mkdir()
    (folder / "stores").mkdir()
    for row in range(IMAGES):
        Image.new("RGB", (32, 32), (8 * row, 90, 255 - 8 * row)).save(folder / "images" / f"{row}.png")
    rows = [f"{row}.png,{'Male' if row % 2 else 'Female'}" for row in range(IMAGES)]
    (folder / "M.csv").write_text("\n".join(["image_id,gender", *rows, "gone.png,Male"]), encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def server(world, tmp_path_factory):
    path = "_stcore/health"  # without a store it is not ready to answer, and this test makes one
    with serve(tmp_path_factory.mktemp("building"), path, CLIPDASH_STORES=str(world / "stores")) as address:
        yield address


def test_a_store_is_built_from_the_form_to_its_use(open_page, world):
    page = open_page("/store")
    expect(page.locator("h1")).to_have_text("No store is here yet")
    page.get_by_label("Name of the store", exact=True).fill("mine")
    page.get_by_label("Folder of pictures", exact=True).fill("/nowhere")
    page.get_by_label("Table of annotations", exact=True).fill(str(world / "M.csv"))
    page.get_by_label("Encoder", exact=True).fill(f"local-dir:{world / 'tiny'}")
    page.get_by_role("button", name="Build", exact=True).click()
    expect(page.get_by_text("The folder of images /nowhere does not exist")).to_be_visible()
    page.get_by_label("Folder of pictures", exact=True).fill(str(world / "images"))
    page.get_by_role("button", name="Build", exact=True).click()
    expect(page.get_by_role("button", name="Cancel")).to_be_visible()
    settle(page)
    check_accessibility(page)
    page.get_by_role("link", name="Method").click()  # nobody watches it, and it goes on
    page.get_by_role("link", name="Store").click()
    expect(page.get_by_text("Finished: 30 images, 1 row of the metadata left out.")).to_be_visible(timeout=60_000)
    assert page.get_by_label("Folder of pictures", exact=True).input_value() == str(world / "images")
    page.get_by_role("button", name="Use this store").click()
    expect(page.locator("h1")).to_have_text("mine: 30 images")
    assert "store=mine" in page.url
    expect(page.get_by_text("gone.png")).to_be_visible()
    expect(page.get_by_role("cell", name="Female: 15; Male: 15")).to_be_visible()
    check_accessibility(page)
    page.get_by_role("button", name="Dismiss").click()
    expect(page.get_by_role("heading", name="Builds")).to_have_count(0)
    assert [path.name for path in (world / "stores").iterdir() if not path.name.startswith(".")] == ["mine"]
    assert not list((world / "stores").glob(".builds/*/*"))
