//! Pancake flips over all permutations of n; answers 100 × the checksum + the most flips.

pub fn run(n: i32) -> f64 {
    let n = n as usize;
    let mut first: Vec<usize> = (0..n).collect();
    let (mut work, mut count) = (vec![0; n], vec![0; n]);
    let (mut most, mut checksum, mut permutation, mut r) = (0, 0, 0, n);
    loop {
        while r != 1 {
            count[r - 1] = r;
            r -= 1;
        }
        work.copy_from_slice(&first);
        let mut flips = 0;
        while work[0] != 0 {
            let head = work[0];
            work[..=head].reverse();
            flips += 1;
        }
        most = most.max(flips);
        checksum += if permutation % 2 == 0 { flips } else { -flips };
        loop {
            if r == n {
                return f64::from(checksum * 100 + most);
            }
            first[..=r].rotate_left(1);
            count[r] -= 1;
            if count[r] > 0 {
                break;
            }
            r += 1;
        }
        permutation += 1;
    }
}
