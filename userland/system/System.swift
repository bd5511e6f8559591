// SPDX-License-Identifier: MIT

// A program imports `System` and has the words that every program uses with it: texts, the ABI's
// enumerations and records.
@_exported import ABI
@_exported import Base
@_exported import Core
@_exported import Memory
@_exported import Schemes
