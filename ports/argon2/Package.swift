// swift-tools-version: 6.2
// SPDX-License-Identifier: MIT
//
// Argon2's reference code. `./apus` puts this package together in `.build/ports/argon2`: these
// files, and the sources of Debian's package in `Sources` (see README.md).
import PackageDescription

let package = Package(
  name: "argon2",
  products: [.library(name: "Argon2", targets: ["Argon2"])],
  targets: [
    .target(
      name: "Argon2", path: "Sources", publicHeadersPath: "include",
      cSettings: [
        .define("ARGON2_NO_THREADS"), .headerSearchPath("reference"),
        .headerSearchPath("freestanding"),
      ])
  ]
)
