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
