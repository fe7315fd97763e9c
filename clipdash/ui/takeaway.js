// The picture and the figures of a chart, made in the browser from the chart that is drawn.
const SCALE = 2;

const find = (key) => document.querySelector(`.st-key-${CSS.escape(key)} .js-plotly-plot`);

// A copy keeps the width of each text: where the picture is opened, another font may stand in for the page's.
function copy(part) {
  const copied = part.cloneNode(true);
  const texts = (root) => Array.from(root.querySelectorAll("text"));
  texts(part).forEach((text, place) => {
    const length = text.getComputedTextLength();
    if (length) Object.entries({ textLength: length, lengthAdjust: "spacingAndGlyphs" })
      .forEach(([name, value]) => texts(copied)[place].setAttribute(name, value));
  });
  return copied;
}

// Plotly draws layers above each other, and some only to be touched: one picture of what is seen.
function compose(chart) {
  const layers = Array.from(chart.querySelectorAll(".main-svg"));
  const [width, height] = ["width", "height"].map((side) => Number(layers[0].getAttribute(side)));
  const picture = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  const sides = { viewBox: `0 0 ${width} ${height}`, width, height, role: "img" };
  Object.entries(sides).forEach(([name, value]) => picture.setAttribute(name, value));
  const said = chart.closest("[aria-label]")?.getAttribute("aria-label")
    ?? chart.parentElement?.querySelector("[aria-label]")?.getAttribute("aria-label");
  const title = picture.appendChild(document.createElementNS(picture.namespaceURI, "title"));
  title.textContent = said ?? "";
  const ground = picture.appendChild(document.createElementNS(picture.namespaceURI, "rect"));
  ground.setAttribute("width", "100%");
  ground.setAttribute("height", "100%");
  ground.setAttribute("fill", getComputedStyle(document.querySelector(".stApp")).backgroundColor);
  layers.forEach((layer) => Array.from(layer.children, (part) => picture.appendChild(copy(part))));
  picture.querySelectorAll(".draglayer, .hoverlayer, .zoomlayer, .selectionlayer").forEach((part) => part.remove());
  const text = new XMLSerializer().serializeToString(picture);
  return { text: text.replace(/url\((&quot;|")?[^)#]*#([^)"&]*)(&quot;|")?\)/g, "url(#$2)"), width, height };
}

async function draw(chart) {
  const { text, width, height } = compose(chart);
  const image = new Image();
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(text)}`;
  await image.decode();
  const canvas = Object.assign(document.createElement("canvas"), { width: width * SCALE, height: height * SCALE });
  canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
  return new Promise((done) => canvas.toBlob(done, "image/png"));
}

function list({ data, layout }) {
  const plain = (name, value) => (ArrayBuffer.isView(value) ? Array.from(value) : name.startsWith("_") ? undefined : value);
  return JSON.stringify({ data, layout }, plain, 1);
}

const WRITERS = {
  svg: (chart) => new Blob([compose(chart).text], { type: "image/svg+xml" }),
  png: draw,
  json: (chart) => new Blob([list(chart)], { type: "application/json" }),
};

function save(blob, file) {
  const link = Object.assign(document.createElement("a"), { href: URL.createObjectURL(blob), download: file });
  document.body.appendChild(link).click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

export default function ({ parentElement, data, setTriggerValue }) {
  const told = parentElement.querySelector("[aria-live]");
  const tell = (text) => { told.textContent = text; setTimeout(() => { told.textContent = ""; }, 2500); };
  parentElement.querySelectorAll("button").forEach((button) => {
    button.onclick = async () => {
      const chart = find(data.chart), kind = button.dataset.kind;
      if (!chart?.querySelector(".main-svg")) return tell("The chart is not drawn yet");
      try {
        save(await WRITERS[kind](chart), `${data.file}.${kind}`);
        tell("Saved");
        if (data.told) setTriggerValue("taken", kind);
      } catch {
        tell("This browser cannot make the picture");
      }
    };
  });
}
