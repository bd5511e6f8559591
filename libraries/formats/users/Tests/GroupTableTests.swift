// SPDX-License-Identifier: MIT
import Base
import Testing
import Users

@Test func membersAreRead() {
  let table = GroupTable(
    parsing: "root;x;0;root\nwheel;x;10;ada,user\nuser;x;1000;user\ndisk;x;6;\nwheel2;x;10;ada")
  #expect(table.entries.count == 5)
  #expect(table.entries[1].members == ["ada", "user"])
  #expect(table.groups(of: "user", beside: 1000) == [10])
  #expect(table.groups(of: "ada", beside: 1001) == [10])
  #expect(table.groups(of: "use", beside: 1).isEmpty)
  #expect(table.groups(of: "", beside: 1).isEmpty)
}

@Test func groupLinesThatMakeNoSenseAreLeftOut() {
  for line in ["", ";x;1;", "a;x;b;", "a;x;1", "a;x;1;;", "a:x:1:b", "a;x;4294967296;"] as [Text] {
    #expect(GroupEntry(line: line) == nil)
  }
  #expect(GroupTable(parsing: "a\n\u{0}\nb;x;2;,c,,\n").groups(of: "c", beside: 0) == [2])
}
