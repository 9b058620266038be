//! Who asks, by the token's word.

use super::connection::Arm;
use crate::arm::auth::{AuthError, Claims};

impl Arm {
    /// The credential that gave the token, where several could have.
    pub fn signed_in_by(&self) -> Option<&'static str> {
        self.inner.tokens.source()
    }

    /// The name that the token has for the caller: a person's, an application's
    /// id, or else the object's.
    pub async fn caller(&self) -> Option<String> {
        let claims = self.claims().await.ok()??;
        let id = claims.principal.map(|id| id.to_string());
        claims.name.or(id)
    }

    /// Who the token says the caller is. `None` where it says nothing.
    ///
    /// # Errors
    /// When there is no token to be had.
    pub async fn claims(&self) -> Result<Option<Claims>, AuthError> {
        Ok(Claims::of(&self.inner.tokens.token().await?))
    }
}
