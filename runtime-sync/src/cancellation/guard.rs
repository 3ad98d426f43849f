//! Cancelling at the end of a scope.

use std::mem;

use super::CancellationToken;

/// Cancels its token when dropped. Made by [`CancellationToken::drop_guard`].
#[derive(Debug)]
pub struct DropGuard {
    token: CancellationToken,
    armed: bool,
}

/// Cancels a borrowed token when dropped. Made by [`CancellationToken::drop_guard_ref`].
#[derive(Debug)]
pub struct DropGuardRef<'a> {
    token: &'a CancellationToken,
}

impl DropGuard {
    pub(super) fn new(token: CancellationToken) -> Self {
        Self { token, armed: true }
    }

    /// Returns the token and does not cancel it.
    ///
    /// # Examples
    ///
    /// ```
    /// let guard = runtime_sync::CancellationToken::new().drop_guard();
    /// assert!(!guard.disarm().is_cancelled());
    /// ```
    pub fn disarm(mut self) -> CancellationToken {
        self.armed = false;
        self.token.clone()
    }

    /// Returns the token.
    ///
    /// # Examples
    ///
    /// ```
    /// let token = runtime_sync::CancellationToken::new();
    /// assert_eq!(token.clone().drop_guard().token(), &token);
    /// ```
    pub fn token(&self) -> &CancellationToken {
        &self.token
    }
}

impl Drop for DropGuard {
    fn drop(&mut self) {
        if self.armed {
            self.token.cancel();
        }
    }
}

impl<'a> DropGuardRef<'a> {
    pub(super) fn new(token: &'a CancellationToken) -> Self {
        Self { token }
    }

    /// Returns the token and does not cancel it.
    ///
    /// # Examples
    ///
    /// ```
    /// let token = runtime_sync::CancellationToken::new();
    /// assert!(!token.drop_guard_ref().disarm().is_cancelled());
    /// ```
    pub fn disarm(self) -> &'a CancellationToken {
        let token = self.token;
        mem::forget(self);
        token
    }

    /// Returns the token.
    ///
    /// # Examples
    ///
    /// ```
    /// let token = runtime_sync::CancellationToken::new();
    /// assert_eq!(token.drop_guard_ref().token(), &token);
    /// ```
    pub fn token(&self) -> &CancellationToken {
        self.token
    }
}

impl Drop for DropGuardRef<'_> {
    fn drop(&mut self) {
        self.token.cancel();
    }
}
