// Sets the page up before the terminal's script (textual.js) looks at it.
"use strict";

const begin = window.onload; // of textual.js: makes the terminal and connects it

function websocketAddress() {
  const address = new URL("ws", window.location.href);
  address.protocol = address.protocol === "https:" ? "wss:" : "ws:";
  address.search = "";
  address.hash = "";
  return address.href;
}

function fontSize() {
  const wanted = Number(new URLSearchParams(window.location.search).get("fontsize"));
  return wanted >= 6 && wanted <= 72 ? wanted : 16;
}

// textual.js draws on a canvas, but loads its drawing by WebGL before and fails where there is none (virtual machines,
// remote desktops). There it is given one that takes every call and does nothing.
function doWithoutWebgl() {
  const real = HTMLCanvasElement.prototype.getContext;
  if (real.call(document.createElement("canvas"), "webgl2")) return;
  const idle = new Proxy({}, { get: () => () => 1, set: () => true });
  HTMLCanvasElement.prototype.getContext = function (kind, ...more) {
    return kind === "webgl2" ? idle : real.call(this, kind, ...more);
  };
}

window.onload = async (event) => {
  document.getElementById("again").onclick = () => window.location.reload();
  const terminal = document.getElementById("terminal");
  terminal.dataset.sessionWebsocketUrl = websocketAddress();
  terminal.dataset.fontSize = String(fontSize());
  doWithoutWebgl();
  // Cells are measured once, by the font that is there at that time.
  await Promise.allSettled(
    ["", "bold ", "italic "].map((style) => document.fonts.load(`${style}16px "Roboto Mono"`))
  );
  begin(event);
  terminal.querySelector(".xterm-helper-textarea")?.focus(); // keys act without a click
};
