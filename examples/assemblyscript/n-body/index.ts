// Moves the Sun and the four giant planets forward in time (symplectic Euler steps of 0.01 days) and
// reports the system's energy before and after: it should hardly change.

import { JSON } from "json-as";

@json
class Request {
  steps: i32 = 1000;
}

@json
class Report {
  steps: i32 = 0;
  energyBefore: f64 = 0;
  energyAfter: f64 = 0;
}

const SOLAR_MASS: f64 = 4.0 * Math.PI * Math.PI;
const DAYS_PER_YEAR: f64 = 365.24;
const STEP_DAYS: f64 = 0.01;
const MAXIMUM_STEPS: i32 = 50_000_000;

class Body {
  constructor(
    public x: f64,
    public y: f64,
    public z: f64,
    public vx: f64,
    public vy: f64,
    public vz: f64,
    public mass: f64,
  ) {}
}

/** A planet; positions in astronomical units, velocities in units a day, mass in suns. */
function planet(x: f64, y: f64, z: f64, vx: f64, vy: f64, vz: f64, mass: f64): Body {
  return new Body(x, y, z, vx * DAYS_PER_YEAR, vy * DAYS_PER_YEAR, vz * DAYS_PER_YEAR, mass * SOLAR_MASS);
}

function solarSystem(): StaticArray<Body> {
  const bodies: StaticArray<Body> = [
    new Body(0, 0, 0, 0, 0, 0, SOLAR_MASS),
    // Jupiter
    planet(
      4.84143144246472090, -1.16032004402742839, -0.103622044471123109,
      0.00166007664274403694, 0.00769901118419740425, -0.0000690460016972063023, 0.000954791938424326609,
    ),
    // Saturn
    planet(
      8.34336671824457987, 4.12479856412430479, -0.403523417114321381,
      -0.00276742510726411100, 0.00499852801234917238, 0.0000230417297573763929, 0.000285885980666130812,
    ),
    // Uranus
    planet(
      12.8943695621391310, -15.1111514016986312, -0.223307578892655734,
      0.00296460137564761618, 0.00237847173959480950, -0.0000296589568540237556, 0.0000436624404335156298,
    ),
    // Neptune
    planet(
      15.3796971148509165, -25.9193146099879641, 0.179258772950371181,
      0.00268067772490389322, 0.00162824170038242295, -0.0000951592254519715870, 0.0000515138902046611451,
    ),
  ];
  restCentreOfMass(bodies);
  return bodies;
}

/** Gives the Sun the momentum that makes the whole system stand still. */
function restCentreOfMass(bodies: StaticArray<Body>): void {
  let px: f64 = 0, py: f64 = 0, pz: f64 = 0;
  for (let i = 0; i < bodies.length; i++) {
    const body = bodies[i];
    px += body.vx * body.mass;
    py += body.vy * body.mass;
    pz += body.vz * body.mass;
  }
  const sun = bodies[0];
  sun.vx = -px / SOLAR_MASS;
  sun.vy = -py / SOLAR_MASS;
  sun.vz = -pz / SOLAR_MASS;
}

function advance(bodies: StaticArray<Body>, dt: f64): void {
  for (let i = 0; i < bodies.length; i++) {
    const a = bodies[i];
    for (let j = i + 1; j < bodies.length; j++) {
      const b = bodies[j];
      const dx = a.x - b.x;
      const dy = a.y - b.y;
      const dz = a.z - b.z;
      const squared = dx * dx + dy * dy + dz * dz;
      const magnitude = dt / (squared * Math.sqrt(squared));
      a.vx -= dx * b.mass * magnitude;
      a.vy -= dy * b.mass * magnitude;
      a.vz -= dz * b.mass * magnitude;
      b.vx += dx * a.mass * magnitude;
      b.vy += dy * a.mass * magnitude;
      b.vz += dz * a.mass * magnitude;
    }
  }
  for (let i = 0; i < bodies.length; i++) {
    const body = bodies[i];
    body.x += dt * body.vx;
    body.y += dt * body.vy;
    body.z += dt * body.vz;
  }
}

function energy(bodies: StaticArray<Body>): f64 {
  let sum: f64 = 0;
  for (let i = 0; i < bodies.length; i++) {
    const a = bodies[i];
    sum += 0.5 * a.mass * (a.vx * a.vx + a.vy * a.vy + a.vz * a.vz);
    for (let j = i + 1; j < bodies.length; j++) {
      const b = bodies[j];
      const dx = a.x - b.x;
      const dy = a.y - b.y;
      const dz = a.z - b.z;
      sum -= (a.mass * b.mass) / Math.sqrt(dx * dx + dy * dy + dz * dz);
    }
  }
  return sum;
}

export function handle(input: string): string {
  const request = JSON.parse<Request>(input);
  if (request.steps < 0 || request.steps > MAXIMUM_STEPS) {
    throw new Error("'steps' must be between 0 and " + MAXIMUM_STEPS.toString());
  }
  const bodies = solarSystem();
  const report = new Report();
  report.steps = request.steps;
  report.energyBefore = energy(bodies);
  for (let i = 0; i < request.steps; i++) advance(bodies, STEP_DAYS);
  report.energyAfter = energy(bodies);
  return JSON.stringify(report);
}
