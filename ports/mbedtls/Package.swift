// swift-tools-version: 6.2
// SPDX-License-Identifier: MIT
//
// Mbed TLS as far as Apus uses it. `./apus` puts this package together in `.build/ports/mbedtls`:
// these files, and the sources of Debian's package in `Sources` (see README.md).
import PackageDescription

let package = Package(
  name: "mbedtls",
  products: [.library(name: "MbedTLS", targets: ["MbedTLS"])],
  targets: [
    .target(
      name: "MbedTLS", path: "Sources", publicHeadersPath: "include",
      cSettings: [
        .headerSearchPath("headers"), .headerSearchPath("library"),
        .headerSearchPath("freestanding"),
      ])
  ]
)
