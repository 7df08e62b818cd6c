import "./styles/tokens.css";
import "./styles/base.css";

import { mount } from "svelte";

import App from "./App.svelte";

const target = document.getElementById("app");
if (target) mount(App, { target });

// The console was built anew while this page was open: its files have other names now.
addEventListener("vite:preloadError", (event) => {
  event.preventDefault();
  const last = Number(sessionStorage.getItem("nil.reloaded") ?? 0);
  if (Date.now() - last < 10_000) return;
  sessionStorage.setItem("nil.reloaded", String(Date.now()));
  location.reload();
});
