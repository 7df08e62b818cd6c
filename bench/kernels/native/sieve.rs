//! The primes below n; answers how many there are.

pub fn run(n: i32) -> f64 {
    let n = n as usize;
    let mut composite = vec![false; n];
    let mut primes = 0;
    for i in 2..n {
        if composite[i] {
            continue;
        }
        primes += 1;
        for j in (i + i..n).step_by(i) {
            composite[j] = true;
        }
    }
    f64::from(primes)
}
