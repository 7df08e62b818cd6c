//! A kernel as a program: `kernel N CALLS` prints the result and the median time of a call in milliseconds.

mod kernel;

use std::time::Instant;

fn main() {
    let mut arguments = std::env::args().skip(1).map(|text| text.parse::<i32>().expect("a number"));
    let (n, calls) = (arguments.next().expect("n"), arguments.next().expect("calls"));
    let mut result = 0.0;
    let mut times: Vec<f64> = (0..calls)
        .map(|_| {
            let started = Instant::now();
            result = kernel::run(std::hint::black_box(n));
            started.elapsed().as_secs_f64() * 1e3
        })
        .collect();
    times.sort_by(f64::total_cmp);
    println!("{result} {}", times[times.len() / 2]);
}
