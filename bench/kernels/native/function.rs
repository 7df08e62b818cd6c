//! A kernel as a function.

mod kernel;

#[derive(serde::Deserialize)]
pub struct Input {
    n: i32,
}

pub fn handle(input: Input) -> f64 {
    kernel::run(input.n)
}
