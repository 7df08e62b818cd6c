// Conway's Game of Life on a torus: rows of `#` and `.` in, the rows after some generations out.

import { JSON } from "json-as";

@json
class Request {
  rows: string[] = [];
  generations: i32 = 1;
}

@json
class World {
  rows: string[] = [];
  generation: i32 = 0;
  population: i32 = 0;
}

const ALIVE: i32 = 0x23;
const MAXIMUM_CELLS: i32 = 4_000_000;

class Grid {
  private cells: Uint8Array;
  private next: Uint8Array;

  constructor(
    private width: i32,
    private height: i32,
  ) {
    this.cells = new Uint8Array(width * height);
    this.next = new Uint8Array(width * height);
  }

  static from(rows: string[]): Grid {
    if (rows.length == 0 || rows[0].length == 0) throw new Error("'rows' must hold at least one cell");
    const width = rows[0].length;
    if (width * rows.length > MAXIMUM_CELLS) throw new Error("the world is too large");
    const grid = new Grid(width, rows.length);
    for (let y = 0; y < rows.length; y++) {
      if (rows[y].length != width) throw new Error("row " + (y + 1).toString() + " has another length than the first");
      for (let x = 0; x < width; x++) grid.cells[y * width + x] = rows[y].charCodeAt(x) == ALIVE ? 1 : 0;
    }
    return grid;
  }

  step(): void {
    for (let y = 0; y < this.height; y++) {
      const above = ((y + this.height - 1) % this.height) * this.width;
      const here = y * this.width;
      const below = ((y + 1) % this.height) * this.width;
      for (let x = 0; x < this.width; x++) {
        const left = (x + this.width - 1) % this.width;
        const right = (x + 1) % this.width;
        const neighbours =
          this.cells[above + left] + this.cells[above + x] + this.cells[above + right] +
          this.cells[here + left] + this.cells[here + right] +
          this.cells[below + left] + this.cells[below + x] + this.cells[below + right];
        this.next[here + x] = neighbours == 3 || (neighbours == 2 && this.cells[here + x] == 1) ? 1 : 0;
      }
    }
    const old = this.cells;
    this.cells = this.next;
    this.next = old;
  }

  rows(): string[] {
    const rows: string[] = [];
    for (let y = 0; y < this.height; y++) {
      const row: string[] = [];
      for (let x = 0; x < this.width; x++) row.push(this.cells[y * this.width + x] == 1 ? "#" : ".");
      rows.push(row.join(""));
    }
    return rows;
  }

  population(): i32 {
    let alive = 0;
    for (let i = 0; i < this.cells.length; i++) alive += this.cells[i];
    return alive;
  }
}

export function handle(input: string): string {
  const request = JSON.parse<Request>(input);
  if (request.generations < 0) throw new Error("'generations' must not be negative");
  const grid = Grid.from(request.rows);
  for (let i = 0; i < request.generations; i++) grid.step();

  const world = new World();
  world.rows = grid.rows();
  world.generation = request.generations;
  world.population = grid.population();
  return JSON.stringify(world);
}
