/** Light, dark, or what the system says. */

export type Theme = "system" | "light" | "dark";

const KEY = "nil.theme";

class Appearance {
  #theme = $state<Theme>(read());
  /** Changes with the colours on the page, whoever changed them. */
  revision = $state(0);

  constructor() {
    this.#apply();
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.revision++);
  }

  get theme(): Theme {
    return this.#theme;
  }

  set theme(theme: Theme) {
    this.#theme = theme;
    localStorage.setItem(KEY, theme);
    this.#apply();
    this.revision++;
  }

  get dark(): boolean {
    void this.revision;
    return this.#theme === "dark" || (this.#theme === "system" && matchMedia("(prefers-color-scheme: dark)").matches);
  }

  #apply(): void {
    if (this.#theme === "system") delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = this.#theme;
  }
}

function read(): Theme {
  const kept = localStorage.getItem(KEY);
  return kept === "light" || kept === "dark" ? kept : "system";
}

export const appearance = new Appearance();
