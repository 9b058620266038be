//! Requests to the Azure Resource Manager.
