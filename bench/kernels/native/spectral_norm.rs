//! The spectral norm of an infinite matrix, cut at n × n.

fn entry(i: usize, j: usize) -> f64 {
    1.0 / ((i + j) * (i + j + 1) / 2 + i + 1) as f64
}

fn multiply(v: &[f64], entry: impl Fn(usize, usize) -> f64) -> Vec<f64> {
    (0..v.len()).map(|i| v.iter().enumerate().map(|(j, value)| entry(i, j) * value).sum()).collect()
}

pub fn run(n: i32) -> f64 {
    let mut u = vec![1.0; n as usize];
    let mut v = Vec::new();
    for _ in 0..10 {
        v = multiply(&multiply(&u, entry), |i, j| entry(j, i));
        u = multiply(&multiply(&v, entry), |i, j| entry(j, i));
    }
    let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
    (dot(&u, &v) / dot(&v, &v)).sqrt()
}
