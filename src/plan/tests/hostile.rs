//! Policies that are made to be slow to look at.

use std::time::{Duration, Instant};

use crate::policy::{scan, without_layout};

/// How long a document of this size may take on a machine that is busy with
/// other things: a hundred times what an ordinary one takes, a fraction of what
/// its square would.
const MOST: Duration = Duration::from_secs(60);
const SIZE: usize = 1 << 18;

#[test]
fn hostile_documents_take_no_longer_than_others() {
    for seed in [
        "@(",
        "@{",
        "<a b=\"@(",
        "<a b='",
        "<a ",
        "@(\"",
        "<a>",
        "</a>",
        "<!--",
        "<![CDATA[",
        "<",
        "a",
        " ",
        "\r",
        "@(/*",
        "@(//",
        "@('",
        "<a b=\"@(\"",
        "<a><b></b>",
        "<a x=\"1\" y='2'/>",
        "<set-header",
        "<set-header name=\"",
        "<set-header name=\"a\"><value>",
        "<set-query-parameter ",
        "<set-header name=\"code\"><value>abcdefgh</value></set-header>",
        "<proxy ",
        "<a b=\"@(\" c=\"))))x\" ",
        "<proxy password=\"x\"/>",
        "<authentication-basic",
        "SharedAccessKey=",
        "SharedAccessKey=abc ",
        "&sig=abcdefgh\n",
        "<value>",
        "{{",
        "{{a}}",
        "<authentication-basic password=\"abcdefgh\" />\n",
    ] {
        for text in [
            seed.repeat(SIZE / seed.len()),
            format!("<policies>{}</policies>", seed.repeat(SIZE / seed.len())),
        ] {
            let began = Instant::now();
            let _ = without_layout(&text);
            let laid = began.elapsed();
            let _ = scan(&text);
            let both = began.elapsed();
            assert!(both < MOST, "{seed:?}: {laid:?} of {both:?}");
        }
    }
}
