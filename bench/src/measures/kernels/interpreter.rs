//! The same modules on wasmi, standing for interpreters: the published module as it is, translated before the clock
//! starts, a fresh store and instance for every call, as ours has.

use std::time::Instant;

use wasmi::{CompilationMode, Config, Engine, ExternType, Linker, Module, Store, Val};

/// A module ready to be interpreted.
pub(super) struct Interpreted {
    engine: Engine,
    module: Module,
    linker: Linker<()>,
}

impl Interpreted {
    /// Translates `wasm` and offers it imports that fail when called: kernels need none to work.
    pub(super) fn new(wasm: &[u8]) -> anyhow::Result<Self> {
        let mut config = Config::default();
        config.compilation_mode(CompilationMode::Eager);
        let engine = Engine::new(&config);
        let module = Module::new(&engine, wasm)?;
        let mut linker = Linker::new(&engine);
        for import in module.imports() {
            if let ExternType::Func(ty) = import.ty() {
                let name = import.name().to_owned();
                linker.func_new(import.module(), import.name(), ty.clone(), move |_, _, _| {
                    Err(wasmi::Error::new(format!("the kernel called {name}")))
                })?;
            }
        }
        Ok(Self { engine, module, linker })
    }

    /// One call: the result and the time in milliseconds.
    pub(super) fn run(&self, n: i32) -> anyhow::Result<(f64, f64)> {
        let started = Instant::now();
        let mut store = Store::new(&self.engine, ());
        let instance = self.linker.instantiate_and_start(&mut store, &self.module)?;
        if let Some(initialize) = instance.get_func(&store, "_initialize") {
            initialize.call(&mut store, &[], &mut [])?;
        }
        let mut results = [Val::F64(0.0.into())];
        let run = instance.get_func(&store, "run").ok_or_else(|| anyhow::anyhow!("no function `run`"))?;
        run.call(&mut store, &[Val::I32(n)], &mut results)?;
        let result = results[0].f64().ok_or_else(|| anyhow::anyhow!("not an f64"))?;
        Ok((result.into(), started.elapsed().as_secs_f64() * 1e3))
    }
}
