//! An embedded API Management service to try everything on.
