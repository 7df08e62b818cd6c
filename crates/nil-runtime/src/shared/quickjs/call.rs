//! One call of `handle` in an instance that holds the evaluated function.

use super::{
    SourceMaps, Thrown, Value,
    api::{Job, PromiseState, Vm},
};
use crate::{abi::Stop, execute::Call, outcome::FailureKind};

/// Calls `handle` with the input and answers its result as JSON text.
pub(crate) fn call(vm: &mut Vm<'_>, handle: Value, call: &Call<'_>, maps: &SourceMaps) -> Result<String, Stop> {
    let input = input(vm, call.input, maps)?;
    let returned = vm.call(handle, input)?;
    if returned == Value::EXCEPTION {
        return Err(Thrown::take(vm, maps)?.into_stop(vm));
    }
    let value = settle(vm, returned, maps)?;
    output(vm, value, call.limits.output_bytes, maps)
}

fn input(vm: &mut Vm<'_>, text: &str, maps: &SourceMaps) -> Result<Value, Stop> {
    let Some(at) = vm.write(text)? else { return Err(Stop::Failure(out_of_memory(vm))) };
    let value = vm.parse_json(at, text.len())?;
    vm.free(at)?;
    if value == Value::EXCEPTION {
        // Valid JSON, by the caller's word: nested too deeply, or too much of it.
        let thrown = Thrown::take(vm, maps)?;
        return Err(Stop::input(format!("the interpreter cannot read it: {}", thrown.message)));
    }
    Ok(value)
}

/// Waits for a promise, or takes the value as it is.
fn settle(vm: &mut Vm<'_>, returned: Value, maps: &SourceMaps) -> Result<Value, Stop> {
    if !returned.is_object() {
        return Ok(returned);
    }
    let promise = if vm.is_promise(returned)? {
        returned
    } else {
        let then = vm.property_at(returned, vm.boot.then_name)?;
        if then == Value::EXCEPTION {
            return Err(Thrown::take(vm, maps)?.into_stop(vm));
        }
        if !vm.is_function(then)? {
            return Ok(returned);
        }
        vm.promise_of(returned)?
    };
    if promise == Value::EXCEPTION {
        return Err(Thrown::take(vm, maps)?.into_stop(vm));
    }
    loop {
        match vm.promise_state(promise)? {
            PromiseState::Fulfilled => return Ok(vm.promise_result(promise)?),
            PromiseState::Rejected => {
                let error = vm.promise_result(promise)?;
                return Err(Thrown::describe(vm, error, maps)?.into_stop(vm));
            }
            PromiseState::Pending => match vm.execute_job()? {
                Job::Ran => {}
                Job::Threw => return Err(Thrown::take(vm, maps)?.into_stop(vm)),
                Job::None => match vm.call(vm.boot.next_timer, Value::UNDEFINED)? {
                    Value::TRUE => {}
                    Value::EXCEPTION => return Err(Thrown::take(vm, maps)?.into_stop(vm)),
                    _ => {
                        return Err(Stop::output(
                            "the promise that `handle` returned never settles: no job and no timer is left that could \
                             resolve it",
                        ));
                    }
                },
            },
        }
    }
}

fn output(vm: &mut Vm<'_>, value: Value, limit_bytes: u64, maps: &SourceMaps) -> Result<String, Stop> {
    let json = vm.stringify(value)?;
    if json == Value::EXCEPTION {
        let thrown = Thrown::take(vm, maps)?;
        if thrown.is_out_of_memory() && vm.store.data().limiter.denied().is_some() {
            return Err(thrown.into_stop(vm));
        }
        return Err(Stop::output(format!("the returned value cannot be written as JSON: {}", thrown.message)));
    }
    if json == Value::UNDEFINED {
        return Ok("null".to_owned());
    }
    let read = |text: &[u8]| {
        if text.len() as u64 > limit_bytes {
            return Err(Stop::Failure(FailureKind::OutputTooLarge { limit_bytes }));
        }
        String::from_utf8(text.to_vec()).map_err(|_| Stop::output("the returned value is not valid text"))
    };
    match vm.text(json, read)? {
        Some(text) => text,
        None => Err(Stop::Failure(out_of_memory(vm))),
    }
}

fn out_of_memory(vm: &Vm<'_>) -> FailureKind {
    let limit_bytes = vm.store.data().limiter.memory_limit_bytes();
    FailureKind::MemoryLimit { limit_bytes, own_maximum: false, then: None }
}
