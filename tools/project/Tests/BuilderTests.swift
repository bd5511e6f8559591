// SPDX-License-Identifier: MIT
import Host
import Testing

@testable import Project

@Suite("Builder")
struct BuilderTests {
  @Test func aCompilersWordsKeepTheirModule() {
    let text = """
      Building for production...
      [1/4] Compiling Core Core.swift
      [2/4] Compiling Kernel Start.swift
      <unknown>:0: error: no

      more
      [3/4] Compiling Other Other.swift
      Build complete!
      """
    #expect(
      Builder.withoutProgress(text) == """
        [2/4] Compiling Kernel Start.swift
        <unknown>:0: error: no
        more
        """)
  }

  /// What decides how much of a build is done again.
  @Test func theStateOfTheSourcesHasThreeParts() throws {
    let folder = "/tmp/apus-builder-tests-\(Environment.processIdentifier)"
    defer { try? Files.remove(folder) }
    try Files.write("a", to: "\(folder)/a.swift")
    try Files.write("s", to: "\(folder)/k.ld")
    let first = try InputState(folders: [folder])
    try Files.write("ab", to: "\(folder)/a.swift")
    let edited = try InputState(folders: [folder])
    #expect(edited.names == first.names)
    #expect(edited.contents != first.contents)
    #expect(edited.linkerScripts == first.linkerScripts)
    try Files.write("", to: "\(folder)/b.swift")
    try Files.write("st", to: "\(folder)/k.ld")
    let grown = try InputState(folders: [folder])
    #expect(grown.names != first.names)
    #expect(grown.linkerScripts != first.linkerScripts)
  }

  @Test func aPlanGoesWhenFilesComeOrGo() throws {
    let folder = "/tmp/apus-plan-tests-\(Environment.processIdentifier)"
    defer { try? Files.remove(folder) }
    let (scratch, sources) = ("\(folder)/scratch", ["\(folder)/a", "\(folder)/b"])
    try Files.write("", to: "\(folder)/a/one.swift")
    try Files.write("", to: "\(folder)/b/.build/two.swift")
    /// Whether a plan that is there outlives the next build.
    func isKept(_ configuration: String = "debug") throws -> Bool {
      try Files.write("", to: "\(scratch)/debug.yaml")
      try Files.write("", to: "\(scratch)/release.yaml")
      try SourcePlan.forgetIfStale(in: scratch, reading: sources, configuration)
      return Files.exists("\(scratch)/\(configuration).yaml")
    }
    #expect(try !isKept())
    #expect(try isKept())
    // Each configuration has a plan of its own.
    #expect(try !isKept("release"))
    #expect(Files.exists("\(scratch)/debug.yaml"))
    try Files.write("changed", to: "\(folder)/a/one.swift")
    try Files.write("", to: "\(folder)/b/.build/three.swift")
    #expect(try isKept())
    try Files.write("", to: "\(folder)/b/Tests/new.swift")
    #expect(try !isKept())
    try Files.remove("\(folder)/a/one.swift")
    #expect(try !isKept())
    #expect(try isKept())
  }

  @Test func eachProgramsPackagesAreRead() throws {
    #expect(Builder.packages(of: "hash-password").contains("userland"))
    #expect(Builder.packages(of: "redoxfs-fsck").contains("userland"))
    #expect(Builder.packages(of: "redoxfs-ar") == ["tools", "libraries"])
    let folder = "/tmp/apus-packages-tests-\(Environment.processIdentifier)"
    defer { try? Files.remove(folder) }
    /// Whether the plan that both programs share outlives the next build of one of them.
    func isKept(_ packages: [String]) throws -> Bool {
      try Files.write("", to: "\(folder)/scratch/debug.yaml")
      try SourcePlan.forgetIfStale(
        in: "\(folder)/scratch", reading: packages.map { "\(folder)/\($0)" })
      return Files.exists("\(folder)/scratch/debug.yaml")
    }
    try Files.write("", to: "\(folder)/tools/one.swift")
    #expect(try !isKept(["tools"]) && !isKept(["tools", "userland"]))
    #expect(try isKept(["tools"]) && isKept(["tools", "userland"]))
    try Files.write("", to: "\(folder)/userland/two.swift")
    #expect(try isKept(["tools"]) && !isKept(["tools", "userland"]))
    #expect(try isKept(["tools", "userland"]))
  }

  @Test func programsThatAreGoneAreMissed() throws {
    let folder = "/tmp/apus-programs-tests-\(Environment.processIdentifier)"
    defer { try? Files.remove(folder) }
    let programs = BuiltPrograms(in: "\(folder)/release", scratch: folder)
    #expect(!programs.areThere)
    try Files.makeFolder(folder)
    try programs.remember()
    #expect(programs.areThere)
    for name in ["ls", "test-smoke", "libX.a", "module.swiftmodule"] {
      try Files.write("x", to: "\(folder)/release/\(name)")
    }
    #expect(try programs.names() == ["ls", "test-smoke"])
    try programs.remember()
    try Files.remove("\(folder)/release/libX.a")
    #expect(programs.areThere)
    try Files.remove("\(folder)/release/ls")
    #expect(!programs.areThere)
    try programs.remove()
    #expect(try programs.names().isEmpty)
  }
}

@Suite("Sizes")
struct SizesTests {
  /// A 64-bit ELF file with the given program headers: type, flags, bytes in file, in memory.
  private func file(_ segments: [(Int, Int, Int, Int)]) -> [UInt8] {
    var bytes: [UInt8] = [0x7F, 0x45, 0x4C, 0x46, 2, 1] + Array(repeating: 0, count: 58)
    func little(_ value: Int, _ count: Int) -> [UInt8] {
      (0..<count).map { UInt8(truncatingIfNeeded: value >> ($0 * 8)) }
    }
    bytes.replaceSubrange(32..<40, with: little(64, 8))
    bytes.replaceSubrange(54..<58, with: little(56, 2) + little(segments.count, 2))
    for (type, flags, inFile, inMemory) in segments {
      bytes += little(type, 4) + little(flags, 4) + little(0, 24)
      bytes += little(inFile, 8) + little(inMemory, 8) + little(0, 8)
    }
    return bytes
  }

  @Test func loadedSegmentsAreAddedUp() {
    let program = Sizes.parse(file([(1, 5, 100, 100), (1, 6, 20, 50), (4, 4, 9, 9)]))
    #expect(program == Sizes.Program(text: 100, data: 20, zeroed: 30))
  }

  @Test func damagedFilesAreNoPrograms() {
    let whole = file([(1, 5, 100, 100)])
    for count in 0..<whole.count { #expect(Sizes.parse(Array(whole.prefix(count)))?.total != 1) }
    #expect(Sizes.parse(file([(1, 5, 100, 10)])) == nil)
  }

  @Test func sourcesComeFromWherePackagesDo() {
    let targets = """
      Debian http://mirror/debian/ bookworm main
      Debian http://mirror/debian/ bookworm main
      Ubuntu http://other/ubuntu/ noble universe
      Somebody http://else/where stable main
      Debian broken

      """
    let lines = SourcePackage.sourceLines(targets) { $0.contains("debian") }
    #expect(
      lines == [
        "deb-src [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] "
          + "http://mirror/debian/ bookworm main",
        "deb-src http://other/ubuntu/ noble universe",
      ])
    #expect(SourcePackage.sourceLines("", exists: { _ in true }).isEmpty)
    #expect(!SourcePackage.configuration("/x").contains("/etc"))
  }
}
