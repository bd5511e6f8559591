// SPDX-License-Identifier: MIT
import Base
import Mutation
import Testing

@Suite("Path")
struct PathTests {
  @Test(arguments: [
    ("", "."), (".", "."), ("/", "/"), ("//", "/"), ("/.", "/"), ("a/", "a"), ("a//b", "a/b"),
    ("./a/./b/.", "a/b"), ("a/..", "."), ("a/../..", ".."), ("../../a", "../../a"),
    ("/..", "/"), ("/a/../../b", "/b"), ("/a/b/../c", "/a/c"), ("...", "..."), ("a/..b", "a/..b"),
  ])
  func normalising(_ path: String, _ expected: String) {
    let normalised = Path.normalised(Text(path))
    #expect(normalised.string == expected)
    #expect(Path.normalised(normalised) == normalised)
  }

  @Test(arguments: [
    ("", false), ("/", true), (".", true), ("..", true), ("...", false), ("a", false),
    ("a.", false),
    ("a..", false), ("a/", true), ("/a/.", true), ("a//", true), ("a/..", true), ("a/...", false),
    ("a/.b", false), ("a/b", false),
  ])
  func directories(_ path: String, _ isDirectory: Bool) {
    #expect(Path.namesDirectory(Text(path)) == isDirectory)
  }

  @Test(arguments: [
    ("/usr", "bin", "/usr/bin"), ("/usr/", "bin", "/usr/bin"), ("/usr", "/bin", "/bin"),
    ("", "bin", "bin"), ("/usr", "", "/usr"),
  ])
  func joining(_ directory: String, _ path: String, _ expected: String) {
    #expect(Path.join(Text(directory), Text(path)).string == expected)
  }

  @Test(arguments: [
    ("/usr/bin/cat", "cat", "/usr/bin"), ("/usr/", "usr", "/"), ("/", "/", "/"),
    ("cat", "cat", "."),
    (".", ".", ".."), ("..", "..", "../.."), ("a/b", "b", "a"),
  ])
  func namesAndParents(_ path: String, _ name: String, _ parent: String) {
    #expect(Path.name(of: Text(path)).string == name)
    #expect(Path.parent(of: Text(path)).string == parent)
  }

  @Test(arguments: [
    ("x", "/home", "/home/x"), ("../x", "/home", "/x"), ("/x", "/home", "/x"),
    ("", "/home", "/home"),
    ("rand:", "/home", "/scheme/rand"), ("tcp:127.0.0.1:80", "/", "/scheme/tcp/127.0.0.1:80"),
    ("file:/etc/passwd", "/home", "/etc/passwd"), ("file:../x", "/home", "/x"),
    ("tcp:../rand", "/", "/scheme/tcp/rand"), ("./a:b", "/home", "/home/a:b"),
    ("a/b:c", "/home", "/home/a/b:c"), (":x", "/home", "/home/:x"),
    ("/scheme/tcp/../rand", "/", "/scheme/rand"), ("..:etc", "/home", "/home/..:etc"),
    ("file:/scheme/rand", "/", "/scheme/file/scheme/rand"), ("libc:tty", "/", "/scheme/libc/tty"),
  ])
  func resolving(_ path: String, _ directory: String, _ expected: String) {
    #expect(Path.resolved(Text(path), from: Text(directory)).string == expected)
  }

  @Test(arguments: [
    ("/", "file", ""), ("/etc/passwd", "file", "etc/passwd"), ("/scheme", "", ""),
    ("/scheme/", "", ""), ("/scheme/rand", "rand", ""),
    ("/scheme/tcp/1.2.3.4:80", "tcp", "1.2.3.4:80"),
    ("/scheme/chan/a/b", "chan", "a/b"), ("/schemes/x", "file", "schemes/x"),
    ("/etc/../scheme/rand", "rand", ""),
  ])
  func schemePaths(_ path: String, _ scheme: String, _ rest: String) {
    let taken = SchemePath(absolute: Text(path))
    #expect(taken == SchemePath(scheme: Text(scheme), rest: Text(rest)))
    #expect(taken.path == Path.normalised(Text(path)))
  }

  @Test func noPathTraps() {
    var generator = SeededGenerator(seed: 8)
    let alphabet = Array("/.:a\0\u{FF}".utf8)
    for _ in 0..<20_000 {
      let length = Int(generator.next() % 12)
      let bytes = (0..<length).map { _ in alphabet[Int(generator.next() % UInt64(alphabet.count))] }
      let resolved = Path.resolved(Text(bytes), from: "/home")
      #expect(Path.isAbsolute(resolved))
      #expect(Path.normalised(resolved) == resolved)
      #expect(SchemePath(absolute: resolved).path == resolved)
    }
  }
}
