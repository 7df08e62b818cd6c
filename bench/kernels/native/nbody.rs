//! Five bodies, symplectic steps; answers the energy that is left.

#[derive(Clone, Copy)]
struct Body {
    at: [f64; 3],
    speed: [f64; 3],
    mass: f64,
}

fn difference(a: [f64; 3], b: [f64; 3]) -> [f64; 3] {
    [a[0] - b[0], a[1] - b[1], a[2] - b[2]]
}

fn square(a: [f64; 3]) -> f64 {
    a[0] * a[0] + a[1] * a[1] + a[2] * a[2]
}

pub fn run(n: i32) -> f64 {
    let mut bodies = [0.0, 1.0, 2.0, 3.0, 4.0_f64].map(|d| Body {
        at: [d * 3.5 + 0.5, d * d - 1.25, 0.125 * d],
        speed: [0.01 * d, 0.3 - 0.05 * d, 0.002 * d],
        mass: 10.0 / (1.0 + d * d),
    });
    for _ in 0..n {
        for i in 0..5 {
            for j in i + 1..5 {
                let d = difference(bodies[i].at, bodies[j].at);
                let d2 = square(d);
                let mag = 0.001 / (d2 * d2.sqrt());
                let (left, right) = (bodies[i].mass, bodies[j].mass);
                for axis in 0..3 {
                    bodies[i].speed[axis] -= d[axis] * right * mag;
                    bodies[j].speed[axis] += d[axis] * left * mag;
                }
            }
        }
        for body in &mut bodies {
            for axis in 0..3 {
                body.at[axis] += 0.001 * body.speed[axis];
            }
        }
    }
    let mut energy = 0.0;
    for i in 0..5 {
        energy += 0.5 * bodies[i].mass * square(bodies[i].speed);
        for j in i + 1..5 {
            energy -= bodies[i].mass * bodies[j].mass / square(difference(bodies[i].at, bodies[j].at)).sqrt();
        }
    }
    energy
}
