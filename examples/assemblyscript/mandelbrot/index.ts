// Draws the Mandelbrot set as lines of text: how many iterations a point takes to escape becomes a shade.

import { JSON } from "json-as";

@json
class Request {
  width: i32 = 64;
  height: i32 = 24;
  centerX: f64 = -0.75;
  centerY: f64 = 0;
  /** Width of the shown part of the plane. */
  span: f64 = 3;
  iterations: i32 = 200;
}

@json
class Picture {
  lines: string[] = [];
  /** Points that did not escape. */
  inside: i32 = 0;
}

const SHADES = " .:-=+*%@";
/** A character is about twice as high as it is wide. */
const CHARACTER_ASPECT: f64 = 2;

/** Iterations until the point escapes, or `limit`. */
function escapeTime(cx: f64, cy: f64, limit: i32): i32 {
  let x: f64 = 0;
  let y: f64 = 0;
  let count = 0;
  while (count < limit) {
    const xx = x * x;
    const yy = y * y;
    if (xx + yy > 4) break;
    y = 2 * x * y + cy;
    x = xx - yy + cx;
    count++;
  }
  return count;
}

export function handle(input: string): string {
  const request = JSON.parse<Request>(input);
  const width = request.width;
  const height = request.height;
  if (width < 1 || height < 1 || width > 1000 || height > 1000) {
    throw new Error("'width' and 'height' must be between 1 and 1000");
  }
  const picture = new Picture();
  const pixel = request.span / width;
  for (let row = 0; row < height; row++) {
    const y = request.centerY + (<f64>row - <f64>(height - 1) / 2) * pixel * CHARACTER_ASPECT;
    const line: string[] = [];
    for (let column = 0; column < width; column++) {
      const x = request.centerX + (<f64>column - <f64>(width - 1) / 2) * pixel;
      const count = escapeTime(x, y, request.iterations);
      if (count == request.iterations) {
        picture.inside++;
        line.push("#");
      } else {
        line.push(SHADES.charAt(count % SHADES.length));
      }
    }
    picture.lines.push(line.join(""));
  }
  return JSON.stringify(picture);
}
