//! Multiplies two n × n matrices; answers the trace of the product.

pub fn run(n: i32) -> f64 {
    let n = n as usize;
    let a: Vec<f64> = (0..n * n).map(|i| (i % 17) as f64 * 0.5).collect();
    let b: Vec<f64> = (0..n * n).map(|i| (i % 13) as f64 * 0.25).collect();
    let mut c = vec![0.0; n * n];
    for (from, to) in a.chunks(n).zip(c.chunks_mut(n)) {
        for (factor, row) in from.iter().zip(b.chunks(n)) {
            for (sum, value) in to.iter_mut().zip(row) {
                *sum += factor * value;
            }
        }
    }
    (0..n).map(|i| c[i * n + i]).sum()
}
