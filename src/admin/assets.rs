//! Files that pages refer to: embedded, and named by their hash, so that a browser keeps them for ever and a new
//! version of the box is a new name.

use std::sync::LazyLock;

use axum::{
    extract::Path,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use sha2::{Digest, Sha256};

/// One file.
struct Asset {
    name: &'static str,
    /// `/assets/NAME-HASH.KIND`.
    path: String,
    content_type: &'static str,
    octets: &'static [u8],
}

static ASSETS: LazyLock<[Asset; 5]> = LazyLock::new(|| {
    [
        asset("style.css", "text/css; charset=utf-8", include_bytes!("web/style.css")),
        asset("live.js", "text/javascript; charset=utf-8", include_bytes!("web/live.js")),
        asset("player.js", "text/javascript; charset=utf-8", include_bytes!("web/player.js")),
        asset("times.js", "text/javascript; charset=utf-8", include_bytes!("web/times.js")),
        asset("icon.svg", "image/svg+xml", include_bytes!("web/icon.svg")),
    ]
});

fn asset(name: &'static str, content_type: &'static str, octets: &'static [u8]) -> Asset {
    let hash: String = Sha256::digest(octets).iter().take(8).map(|octet| format!("{octet:02x}")).collect();
    let (stem, kind) = name.split_once('.').unwrap_or((name, ""));
    Asset { name, path: format!("/assets/{stem}-{hash}.{kind}"), content_type, octets }
}

/// The path of a file for a page.
pub(super) fn path(name: &str) -> &'static str {
    let asset = ASSETS.iter().find(|asset| asset.name == name);
    asset.map(|asset| asset.path.as_str()).expect("templates name assets of the list above")
}

/// `GET /assets/{file}`.
pub(super) async fn serve(Path(file): Path<String>) -> Response {
    let wanted = format!("/assets/{file}");
    match ASSETS.iter().find(|asset| asset.path == wanted) {
        Some(asset) => {
            let headers = [
                (header::CONTENT_TYPE, asset.content_type),
                (header::CACHE_CONTROL, "public, max-age=31536000, immutable"),
            ];
            (headers, asset.octets).into_response()
        }
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn an_asset_has_one_name_that_changes_with_its_content() {
        let file = path("style.css").trim_start_matches("/assets/");
        assert_eq!(serve(Path(file.to_owned())).await.status(), StatusCode::OK);
        for wrong in ["style.css", "../style.css", "style-0000000000000000.css", ""] {
            assert_eq!(serve(Path(wrong.to_owned())).await.status(), StatusCode::NOT_FOUND, "{wrong}");
        }
        assert_ne!(asset("a.css", "", b"1").path, asset("a.css", "", b"2").path);
    }
}
