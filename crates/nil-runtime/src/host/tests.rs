use std::{collections::BTreeMap, sync::Arc, time::Duration};

use wasmtime::{Engine, Extern, Linker, Store};

use super::{
    HostClock, HostRandom, HostState, Limiter, SystemClock, SystemRandom,
    catalog::{FUNCTIONS, MODULE, OWN_FUNCTIONS, OWN_MODULE},
    link, link_for_initialization, wasi,
};

/// Names with their types, as text.
fn defined(engine: &Engine, linker: &Linker<HostState>) -> BTreeMap<String, String> {
    let state = HostState::new(Limiter::new(0, 0), 0, Duration::ZERO, None);
    let mut store = Store::new(engine, state);
    let items: Vec<_> =
        linker.iter(&mut store).map(|(module, name, item)| (module.to_owned(), name.to_owned(), item)).collect();
    let describe = |(module, name, item): (String, String, Extern)| {
        let name = format!("{module}.{name}");
        let Extern::Func(function) = item else { panic!("{name} is no function") };
        let ty = function.ty(&store);
        let list = |types: &mut dyn Iterator<Item = wasmtime::ValType>| {
            types.map(|ty| ty.to_string()).collect::<Vec<_>>().join(" ")
        };
        (name, format!("{} -> {}", list(&mut ty.params()), list(&mut ty.results())))
    };
    items.into_iter().map(describe).collect()
}

/// A module is checked against the catalog and linked by the linkers: they must say the same.
#[test]
fn the_linkers_define_exactly_what_the_catalog_offers() {
    let engine = Engine::default();
    let list = |types: &[wasmparser::ValType]| types.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ");
    let all = || {
        let of = |module, functions: &'static [super::catalog::HostFunction]| {
            functions.iter().map(move |function| (module, function))
        };
        of(MODULE, FUNCTIONS).chain(of(OWN_MODULE, OWN_FUNCTIONS)).chain(of(wasi::MODULE, wasi::FUNCTIONS))
    };
    let offered: BTreeMap<String, String> = all()
        .map(|(module, function)| {
            let types = format!("{} -> {}", list(function.params), list(function.results));
            (format!("{module}.{}", function.name), types)
        })
        .collect();
    assert_eq!(offered.len(), all().count(), "a name is offered twice");
    let clock: Arc<dyn HostClock> = Arc::new(SystemClock);
    let random: Arc<dyn HostRandom> = Arc::new(SystemRandom);
    assert_eq!(defined(&engine, &link(&engine, &clock, &random).expect("a linker")), offered);
    assert_eq!(defined(&engine, &link_for_initialization(&engine).expect("a linker")), offered);
}

#[test]
fn the_system_s_clock_and_randomness_move() {
    // 2020-01-01: whatever machine this is, it is later.
    assert!(SystemClock.unix_ms() > 1_577_836_800_000.0);
    let numbers: std::collections::HashSet<_> = (0..100).map(|_| SystemRandom.next_u64()).collect();
    assert_eq!(numbers.len(), 100);
}
