// SPDX-License-Identifier: MIT
import Host
import Testing

@testable import Project

@Suite("Images") struct ImageTests {
  /// A repository with nothing but descriptions of images.
  private func withProject(
    _ files: [String: String], _ body: (Project) throws -> Void
  ) throws {
    let folder = "/tmp/apus-image-reader-\(Environment.processIdentifier)-\(files.hashValue)"
    defer { try? Files.remove(folder) }
    for (path, text) in files { try Files.write(text, to: "\(folder)/\(path)") }
    try body(Project(root: folder))
  }

  @Test func rowsIncludesAndPackages() throws {
    try withProject([
      "images/a.toml": """
      include = ["b.toml"]
      description = "A"
      [general]
      filesystem_size = 32
      [packages]
      one = {}
      two = {}
      none = "ignore"
      [[files]]
      path = "/etc/motd"
      data = "hello\\n"
      mode = 0o600
      uid = 7
      [[files]]
      path = "/dev/null"
      data = "/scheme/null"
      symlink = true
      [[files]]
      path = "/var"
      directory = true
      [disk.links]
      "/x" = "disk"
      [memory.links]
      "/x" = "memory"
      [live.links]
      "/x" = "live"
      """,
      "images/c.toml": "include = [\"a\"]\n[general]\nlive = true\n",
      "images/b.toml": "[programs]\n\"bin/init\" = \"old\"\n[general]\nefi_partition_size = 9\n",
      "images/packages/two.toml": "[programs]\n\"/usr/bin/2\" = \"two\"\n",
    ]) { project in
      let image = try project.image("a")
      #expect(image.description == "A" && image.root == .disk)
      #expect(image.general == .init(fileSystemSize: 32, efiPartitionSize: 9))
      let live = try project.image("c")
      #expect(live.root == .live && live.entries(for: .live)["/x"] == .init(.link("live")))
      #expect(image.entries["bin/init"] == .init(.program("old")))
      #expect(image.entries["/usr/bin/one"] == .init(.program("one")))
      #expect(image.entries["/usr/bin/2"] == .init(.program("two")))
      #expect(image.entries["/usr/bin/none"] == nil)
      var file = Image.Entry(.text("hello\n"), mode: 0o600)
      file.user = 7
      #expect(image.entries["/etc/motd"] == file)
      #expect(image.entries["/dev/null"] == .init(.link("/scheme/null")))
      #expect(image.entries["/var"] == .init(.folder))
      #expect(image.entries(for: .disk)["/x"] == .init(.link("disk")))
      #expect(image.entries(for: .memory)["/x"] == .init(.link("memory")))
    }
  }

  @Test(arguments: [
    ("x", "images/a.toml:1:2"), ("[files]\n\"a//b\" = \"c\"", "is no path"),
    ("[folders]\na = \"9\"", "octal"), ("[strange]\na = \"b\"", "unknown table"),
    ("[files]\na = 1", "expected a string"), ("include = [\"a\"]", "includes itself"),
    ("include = [\"c\"]", "there is no images/c.toml"), ("[general]\nx = 1", "unknown name"),
    ("[general]\nfilesystem_size = -1", "expected a number"), ("[packages]\na = 1", "expected {}"),
    ("[[files]]\ndata = \"x\"", "plain path"), ("[users.a]\npassword = \"a\\tb\"", "controls"),
    ("[[files]]\npath = \"/a\"\nsymlink = true\ndirectory = true", "both link and directory"),
  ])
  func mistakesAreNamed(_ text: String, _ expected: String) throws {
    try withProject(["images/a.toml": text]) { project in
      do throws(BuildError) {
        _ = try project.image("a")
        Issue.record("no error for \(text)")
      } catch { #expect("\(error)".contains(expected), "\(error)") }
    }
  }

  @Test func memoryAndDiskPlaces() throws {
    let text = """
      [[files]]
      path = "/usr/bin/a"
      data = "program"
      [[files]]
      path = "/usr/lib/init.d/10_a"
      data = "unit"
      [[files]]
      path = "/etc/x"
      data = "x"
      [[files]]
      path = "lib/y"
      data = "y"
      [users.root]
      password = ""
      [users.ann]
      uid = 1001
      [users.bob]
      """
    for (size, initial, root) in [
      (
        0,
        [
          "bin/a", "lib/init.d/10_a", "lib/y", "root/etc/group", "root/etc/passwd",
          "root/etc/shadow", "root/etc/x", "root/home/ann", "root/home/bob", "root/root",
        ], []
      ),
      (
        8, ["lib/y"],
        [
          "etc/group", "etc/passwd", "etc/shadow", "etc/x", "home/ann", "home/bob", "root",
          "usr/bin/a", "usr/lib/init.d/10_a",
        ]
      ),
    ] as [(Int, [String], [String])] {
      let description = "[general]\nfilesystem_size = \(size)\n\(text)"
      try withProject(["images/a.toml": description]) { project in
        let contents = try ImageContents(project.image("a"), project, .x86_64)
        #expect(contents.initial.map(\.path) == initial)
        #expect(contents.root.map(\.path) == root)
        let all = contents.initial + contents.root
        let home = all.first { $0.path.hasSuffix("home/bob") }
        #expect(home?.user == 1000 && home?.content == .folder)
        let passwords = all.first { $0.path.hasSuffix("etc/passwd") }
        let lines =
          "root;0;0;;/root;/bin/ion\nann;1001;1001;;/home/ann;/bin/ion\n"
          + "bob;1000;1000;;/home/bob;/bin/ion\n"
        #expect(passwords?.content == .file(Array(lines.utf8)))
        let groups = all.first { $0.path.hasSuffix("etc/group") }
        #expect(
          groups?.content
            == .file(Array("root;x;0;root\nbob;x;1000;bob\nann;x;1001;ann\n".utf8)))
      }
    }
  }

  /// An image of one's own includes it, and gives root a password.
  @Test func nobodyButRootGetsIntoTheServerWithoutAPassword() throws {
    let root = #filePath.split(separator: "/").dropLast(4).joined(separator: "/")
    let users = try Project(root: "/" + root).image("server").users
    #expect(users.filter { $0.value.password == "" }.map(\.key) == ["root"])
    #expect(users["user"]?.identifier == 1000)
  }

  @Test func passwordsAreHashed() throws {
    let text = """
      [users.root]
      password = ""
      [users.ann]
      uid = 1001
      password = "a b;c"
      [users.bob]
      """
    try withProject(["images/a.toml": text]) { project in
      let image = try project.image("a")
      let files = try UserFiles(image) { (user, password) throws(BuildError) in
        "hash of \(user) and \(password.count)"
      }
      #expect(files.shadow == "root;\nann;hash of ann and 5\nbob;!\n")
      // The files of an image have what was kept, and nothing else in its place.
      #expect(throws: BuildError.self) { try ImageContents(image, project, .x86_64) }
      let kept = project.passwordFile("a b;c", of: "ann", in: image)
      let others = [
        project.passwordFile("a b;c", of: "bob", in: image),
        project.passwordFile("a b;d", of: "ann", in: image),
      ]
      #expect(!others.contains(kept) && others[0] != others[1])
      try Files.write("$argon2id$", to: kept)
      let contents = try ImageContents(image, project, .x86_64)
      let shadow = try #require(contents.initial.first { $0.path == "root/etc/shadow" })
      #expect(shadow.mode == 0o600 && shadow.user == 0)
      #expect(shadow.content == .file(Array("root;\nann;$argon2id$\nbob;!\n".utf8)))
    }
  }
}
