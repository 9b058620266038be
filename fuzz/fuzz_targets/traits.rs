#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| apim_migrate::properties::traits(bytes));
