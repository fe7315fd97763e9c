// The presenter's keys and buttons. What is revealed or hidden is the browser's business: no run of the script follows.
const KEYS = {
  ArrowRight: "next", PageDown: "next", ArrowLeft: "previous", PageUp: "previous",
  " ": "reveal", Enter: "reveal", ArrowDown: "reveal", h: "hide", H: "hide", Escape: "leave",
};
const TYPING = 'input, textarea, select, [contenteditable="true"], [role="combobox"], [role="listbox"]';
const BUTTONS = "button, a[href], summary";

export default function ({ data, parentElement, setStateValue, setTriggerValue }) {
  const stage = (window.clipdashStage ??= { slide: "", figure: "", revealed: false, hidden: false });
  const root = document.documentElement;
  const button = (act) => parentElement.querySelector(`[data-act="${act}"]`);

  // The figure's own menu, which nobody sees, moves its marks; a figure just drawn may not have it yet.
  const press = (place, tries = 100) => {
    const menu = document.querySelectorAll(".st-key-stage-chart .updatemenu-button");
    if (menu[place]) menu[place].dispatchEvent(new MouseEvent("click", { bubbles: true }));
    else if (tries) setTimeout(() => press(place, tries - 1), 50);
  };
  const draw = (atOnce) => press(!stage.revealed ? 2 : atOnce ? 1 : 0);
  const say = () => {
    root.toggleAttribute("data-stage-hidden", stage.hidden);
    document.querySelector(".cd-stage-title")?.toggleAttribute("data-revealed", stage.revealed);
    for (const [act, on, words] of [
      ["reveal", stage.revealed, ["Show after", "Before only"]],
      ["hide", stage.hidden, ["Hide labels", "Show labels"]],
    ]) {
      const key = act === "reveal" ? "Space" : "H";
      button(act).textContent = words[+on];
      button(act).setAttribute("aria-label", `${words[+on]} (${key})`);
    }
    for (const [act, useful] of [["previous", data.slides > 1], ["next", data.slides > 1], ["reveal", data.moves], ["hide", data.shown]])
      button(act).hidden = !useful;
    button("previous").disabled = data.number <= 1;
    button("next").disabled = data.number >= data.slides;
  };
  const act = (name) => {
    if (button(name).disabled || button(name).hidden) return;
    if (name === "reveal") {
      stage.revealed = !stage.revealed;
      draw(window.matchMedia("(prefers-reduced-motion: reduce)").matches);
      say();
    } else if (name === "hide") {
      stage.hidden = !stage.hidden;
      say();
    } else setTriggerValue("go", name);
  };

  if (stage.slide !== data.slide) stage.revealed = false;
  else if (stage.figure !== data.figure && stage.revealed) setTimeout(() => draw(true), 300);
  Object.assign(stage, { slide: data.slide, figure: data.figure });
  say();
  parentElement.onclick = (event) => {
    const pressed = event.target.closest("[data-act]");
    if (pressed) act(pressed.dataset.act);
  };

  const follow = (event) => {
    const name = KEYS[event.key];
    if (!name || event.defaultPrevented || event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target.closest?.(TYPING) || document.querySelector('[data-testid="stPopoverBody"]')) return;
    if ([" ", "Enter"].includes(event.key) && event.target.closest?.(BUTTONS)) return;
    event.preventDefault();
    root.toggleAttribute("data-stage-presenting", true);
    act(name);
  };
  const rest = () => root.toggleAttribute("data-stage-presenting", false);
  const tell = () => {
    const now = [window.innerWidth, window.innerHeight];
    if (now.some((size, place) => size !== data.window[place])) setStateValue("window", now);
  };
  let resting;
  const resize = () => { clearTimeout(resting); resting = setTimeout(tell, 200); };
  stage.leave?.();
  document.addEventListener("keydown", follow);
  document.addEventListener("mousemove", rest);
  window.addEventListener("resize", resize);
  stage.leave = () => {
    clearTimeout(resting);
    document.removeEventListener("keydown", follow);
    document.removeEventListener("mousemove", rest);
    window.removeEventListener("resize", resize);
  };
  tell();
  return () => stage.leave();
}
