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

window.onload = async (event) => {
  document.getElementById("again").onclick = () => window.location.reload();
  const terminal = document.getElementById("terminal");
  terminal.dataset.sessionWebsocketUrl = websocketAddress();
  terminal.dataset.fontSize = String(fontSize());
  // Cells are measured once, by the font that is there at that time.
  await Promise.allSettled(
    ["", "bold ", "italic "].map((style) => document.fonts.load(`${style}16px "Roboto Mono"`))
  );
  begin(event);
  terminal.querySelector(".xterm-helper-textarea")?.focus(); // keys act without a click
};
