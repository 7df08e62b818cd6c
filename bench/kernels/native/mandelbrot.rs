//! An n × n picture, at most 100 iterations a point; answers the iterations made.

pub fn run(n: i32) -> f64 {
    let mut total = 0;
    for row in 0..n {
        let ci = 2.0 * f64::from(row) / f64::from(n) - 1.0;
        for column in 0..n {
            let cr = 2.0 * f64::from(column) / f64::from(n) - 1.5;
            let (mut zr, mut zi, mut i) = (0.0, 0.0, 0);
            while i < 100 && zr * zr + zi * zi <= 4.0 {
                (zr, zi) = (zr * zr - zi * zi + cr, 2.0 * zr * zi + ci);
                i += 1;
            }
            total += i;
        }
    }
    f64::from(total)
}
