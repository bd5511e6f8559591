// SPDX-License-Identifier: MIT
internal import Host

/// The C programs of tests/bench, compiled when their source is newer.
struct Programs {
  /// The repository.
  var root: String
  /// Where the results go.
  var folder: String

  /// The plugin of QEMU that counts marked intervals.
  func counter() throws(BenchError) -> String {
    let options = ["-shared", "-fPIC", "-fvisibility=hidden"]
    return try compiled("counter/counter.c", options, to: "counter.so")
  }

  /// The first program of the Linux guest.
  func linuxInit() throws(BenchError) -> String {
    try compiled("linux/init.c", ["-static"], to: "init")
  }

  /// The benchmark program of the Linux guest.
  func linuxBench() throws(BenchError) -> String {
    try compiled("linux/bench.c", ["-static", "-pthread"], to: "bench")
  }

  private func compiled(
    _ source: String, _ options: [String], to name: String
  ) throws(BenchError) -> String {
    let input = "\(root)/tests/bench/\(source)"
    let output = "\(folder)/\(name)"
    if let made = Files.facts(output), let written = Files.facts(input),
      made.modified > written.modified
    {
      return output
    }
    try onHost { () throws(HostError) in try Files.makeFolder(folder) }
    try run(Command("gcc", ["-O2", "-Wall", "-Wextra"] + options + ["-o", output, input]))
    return output
  }
}
