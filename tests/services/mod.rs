//! Services, real and simulated.

mod doctor;
mod hostile;
mod real_services;
mod recorded_bodies;
mod recordings;
mod sandbox_command;
mod sdk;
