/** The time, for texts like "2 minutes ago"; it moves every ten seconds. */

class Clock {
  now = $state(Date.now());

  constructor() {
    setInterval(() => (this.now = Date.now()), 10_000);
  }
}

export const clock = new Clock();
