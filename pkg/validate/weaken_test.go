package validate

import (
	"strings"
	"testing"
)

// suites is a file of tests in each language.
var suites = map[string]string{
	"sum.test.js":                "const { sum } = require('./sum')\ndescribe('sum', () => {\n  it('adds', () => {\n    const got = sum(1, 2)\n    expect(got).toBe(3)\n    expect(() => sum('x')).toThrow(TypeError)\n  })\n  it.each([[1, 2, 3], [2, 2, 4]])('adds %i', (a, b, want) => {\n    expect(sum(a, b)).toBe(want)\n  })\n})\n",
	"sum.test.ts":                "import { sum } from './sum'\ntest('adds', async () => {\n  const got: number = await sum(1, 2)\n  expect(got).toBe(3)\n})\ntest('refuses', () => { expect(() => sum(-1)).toThrow('negative') })\n",
	"test_sum.py":                "import pytest\nfrom lib import total\n\n@pytest.mark.parametrize('a,want', [(1, 2), (2, 3)])\ndef test_adds(a, want):\n    got = total(a, 1)\n    assert got == want\n\n\ndef test_refuses():\n    with pytest.raises(ValueError):\n        total('x')\n    assert total(1, 1) == 2, 'sum'\n",
	"tests/test_case.py":         "import unittest\n\nclass Sum(unittest.TestCase):\n    def test_adds(self):\n        self.assertEqual(total(1, 2), 3)\n        self.assertTrue(total(1, 2))\n",
	"sum_test.go":                "package sum\n\nimport \"testing\"\n\nfunc TestAdds(t *testing.T) {\n\ttests := []struct{ a, want int }{\n\t\t{1, 2},\n\t\t{2, 3},\n\t}\n\tfor _, test := range tests {\n\t\tif got := Sum(test.a, 1); got != test.want {\n\t\t\tt.Errorf(\"got %d\", got)\n\t\t}\n\t}\n}\n\nfunc TestRefuses(t *testing.T) {\n\tif _, err := Parse(\"x\"); err == nil {\n\t\tt.Fatal(\"no error\")\n\t}\n}\n",
	"src/test/java/SumTest.java": "class SumTest {\n  @Test\n  void adds() {\n    int got = Sum.of(1, 2);\n    assertEquals(3, got);\n  }\n  @Test\n  void refuses() {\n    assertThrows(IllegalArgumentException.class, () -> Sum.of(-1));\n  }\n}\n",
	"SumTests.cs":                "public class SumTests {\n  [Fact]\n  public void Adds() {\n    var got = Sum.Of(1, 2);\n    Assert.Equal(3, got);\n  }\n  [Theory]\n  [InlineData(1, 2)]\n  [InlineData(2, 3)]\n  public void More(int a, int want) {\n    Assert.Equal(want, Sum.Of(a, 1));\n  }\n}\n",
	"spec/sum_spec.rb":           "describe Sum do\n  it 'adds' do\n    got = Sum.of(1, 2)\n    expect(got).to eq(3)\n  end\n  it 'refuses' do\n    expect { Sum.of('x') }.to raise_error(ArgumentError)\n  end\nend\n",
	"tests/SumTest.php":          "<?php\nclass SumTest extends TestCase {\n  public function testAdds() {\n    $got = Sum::of(1, 2);\n    $this->assertSame(3, $got);\n  }\n  public function testRefuses() {\n    $this->expectException(TypeError::class);\n    Sum::of('x');\n  }\n}\n",
	"tests/sum.rs":               "use lib::sum;\n\n#[test]\nfn adds() {\n    let got = sum(1, 2);\n    assert_eq!(got, 3);\n}\n\n#[test]\nfn refuses() {\n    assert!(parse(\"x\").is_err());\n}\n",
	"src/test/kotlin/SumTest.kt": "class SumTest {\n  @Test\n  fun adds() {\n    val got = sum(1, 2)\n    assertEquals(3, got)\n  }\n}\n",
}

func TestFixesThatWeakenTestsAreRefused(t *testing.T) {
	tests := []struct{ file, what, old, new string }{
		{"sum.test.js", "skip", "it('adds'", "it.skip('adds'"},
		{"sum.test.js", "xit", "it('adds'", "xit('adds'"},
		{"sum.test.js", "only", "it('adds'", "it.only('adds'"},
		{"sum.test.js", "assertion gone", "    expect(got).toBe(3)\n", ""},
		{"sum.test.js", "assertion commented out", "    expect(got)", "    // expect(got)"},
		{"sum.test.js", "looser matcher", "toBe(3)", "toBeDefined()"},
		{"sum.test.js", "other value", "toBe(3)", "toBe(4)"},
		{"sum.test.js", "any error", "toThrow(TypeError)", "toThrow()"},
		{"sum.test.js", "negated", "expect(got).toBe", "expect(got).not.toBe"},
		{"sum.test.js", "a row gone", "[1, 2, 3], ", ""},
		{"sum.test.js", "swallowed", "    expect(got).toBe(3)\n", "    try { expect(got).toBe(3) } catch (e) {}\n"},
		{"sum.test.js", "never reached", "    expect(got).toBe(3)\n", "    if (false) expect(got).toBe(3)\n"},
		{"sum.test.ts", "skip", "test('adds'", "test.skip('adds'"},
		{"sum.test.ts", "todo", "test('refuses', () => { expect(() => sum(-1)).toThrow('negative') })", "test.todo('refuses')"},
		{"sum.test.ts", "message", "toThrow('negative')", "toThrow()"},
		{"test_sum.py", "skip", "def test_refuses", "@pytest.mark.skip\ndef test_refuses"},
		{"test_sum.py", "xfail", "def test_refuses", "@pytest.mark.xfail(reason='x')\ndef test_refuses"},
		{"test_sum.py", "skip inside", "    got = total", "    pytest.skip('x')\n    got = total"},
		{"test_sum.py", "operator", "assert got == want", "assert got != want"},
		{"test_sum.py", "or", "assert got == want", "assert got == want or True"},
		{"test_sum.py", "gone", "    assert got == want\n", "    pass\n"},
		{"test_sum.py", "row", "(1, 2), ", ""},
		{"test_sum.py", "wider error", "pytest.raises(ValueError)", "contextlib.suppress(Exception)"},
		{"test_sum.py", "case gone", "def test_refuses():\n    with pytest.raises(ValueError):\n        total('x')\n    assert total(1, 1) == 2, 'sum'\n", ""},
		{"test_sum.py", "no test by name", "def test_refuses", "def check_refuses"},
		{"tests/test_case.py", "looser", "assertEqual(total(1, 2), 3)", "assertTrue(total(1, 2))"},
		{"tests/test_case.py", "skip", "    def test_adds", "    @unittest.skip('x')\n    def test_adds"},
		{"tests/test_case.py", "expected failure", "    def test_adds", "    @unittest.expectedFailure\n    def test_adds"},
		{"sum_test.go", "skip", "{\n\ttests :=", "{\n\tt.Skip()\n\ttests :="},
		{"sum_test.go", "row", "\t\t{1, 2},\n", ""},
		{"sum_test.go", "condition", "got != test.want", "got != test.want && false"},
		{"sum_test.go", "log only", "t.Errorf", "t.Logf"},
		{"sum_test.go", "case gone", "func TestRefuses(t *testing.T) {\n\tif _, err := Parse(\"x\"); err == nil {\n\t\tt.Fatal(\"no error\")\n\t}\n}\n", ""},
		{"sum_test.go", "build tag", "package sum\n", "//go:build never\n\npackage sum\n"},
		{"src/test/java/SumTest.java", "disabled", "  @Test\n  void adds", "  @Disabled\n  @Test\n  void adds"},
		{"src/test/java/SumTest.java", "no marker", "  @Test\n  void refuses", "  void refuses"},
		{"src/test/java/SumTest.java", "assume", "    int got", "    assumeTrue(false);\n    int got"},
		{"src/test/java/SumTest.java", "wider error", "IllegalArgumentException.class", "Exception.class"},
		{"src/test/java/SumTest.java", "value", "assertEquals(3, got)", "assertNotNull(got)"},
		{"SumTests.cs", "skip", "[Fact]", "[Fact(Skip = \"x\")]"},
		{"SumTests.cs", "row", "  [InlineData(1, 2)]\n", ""},
		{"SumTests.cs", "looser", "Assert.Equal(3, got)", "Assert.NotNull(got)"},
		{"SumTests.cs", "no marker", "[Fact]", ""},
		{"spec/sum_spec.rb", "xit", "it 'adds'", "xit 'adds'"},
		{"spec/sum_spec.rb", "skip", "    got = Sum", "    skip 'x'\n    got = Sum"},
		{"spec/sum_spec.rb", "looser", "eq(3)", "be_truthy"},
		{"spec/sum_spec.rb", "any error", "raise_error(ArgumentError)", "raise_error"},
		{"tests/SumTest.php", "skip", "    $got", "    $this->markTestSkipped();\n    $got"},
		{"tests/SumTest.php", "looser", "assertSame(3, $got)", "assertNotEmpty($got)"},
		{"tests/SumTest.php", "case gone", "function testAdds", "function helper"},
		{"tests/sum.rs", "ignore", "#[test]\nfn adds", "#[test]\n#[ignore]\nfn adds"},
		{"tests/sum.rs", "gone", "    assert_eq!(got, 3);\n", ""},
		{"tests/sum.rs", "no marker", "#[test]\nfn refuses", "fn refuses"},
		{"tests/sum.rs", "negated", "assert!(parse", "assert!(!parse"},
		{"src/test/kotlin/SumTest.kt", "disabled", "  @Test", "  @Disabled\n  @Test"},
		{"src/test/kotlin/SumTest.kt", "value", "assertEquals(3", "assertEquals(4"},
	}
	seen := map[string]bool{}
	for _, test := range tests {
		t.Run(test.file+" "+test.what, func(t *testing.T) {
			seen[test.file] = true
			before := suites[test.file]
			if !strings.Contains(before, test.old) {
				t.Fatalf("no %q", test.old)
			}
			after := strings.Replace(before, test.old, test.new, 1)
			if why := weakened(t.Context(), []change{{test.file, &before, &after}}); why == "" {
				t.Errorf("nothing is found wrong with\n%s", after)
			}
		})
	}
	for file, text := range suites {
		if !seen[file] {
			t.Errorf("nothing is tried on %s", file)
		}
		if why := weakened(t.Context(), []change{{file, &text, nil}}); why == "" {
			t.Errorf("%s may go", file)
		}
	}
}

func TestHonestChangesOfTestsAreNotRefused(t *testing.T) {
	tests := []struct{ file, what, old, new string }{
		{"sum.test.js", "renamed variable", "got", "result"},
		{"sum.test.js", "renamed function", "sum(", "add("},
		{"sum.test.js", "renamed test", "it('adds'", "it('adds two numbers'"},
		{"sum.test.js", "added test", "describe('sum', () => {\n", "describe('sum', () => {\n  it('is new', () => { expect(sum()).toBe(0) })\n"},
		{"sum.test.js", "comment", "    const got", "    // what it is\n    const got"},
		{"sum.test.js", "layout", "expect(got).toBe(3)", "expect(got)\n      .toBe(3)"},
		{"sum.test.js", "word in a string", "'./sum'", "'./skip only'"},
		{"sum.test.ts", "renamed variable", "got", "result"},
		{"sum.test.ts", "added assertion", "  expect(got).toBe(3)\n", "  expect(got).toBe(3)\n  expect(got).not.toBe(4)\n"},
		{"test_sum.py", "renamed variable", "got", "result"},
		{"test_sum.py", "renamed import", "from lib import total", "from lib.sums import total"},
		{"test_sum.py", "added row", "(1, 2), ", "(1, 2), (0, 1), "},
		{"test_sum.py", "added test", "def test_refuses", "def test_more():\n    assert total() == 0\n\n\ndef test_refuses"},
		{"tests/test_case.py", "renamed function", "total(", "lib.total("},
		{"sum_test.go", "renamed variable", "got", "result"},
		{"sum_test.go", "better message", "\"got %d\", got", "\"Sum(%d): got %d, want %d\", test.a, got, test.want"},
		{"sum_test.go", "added test", "func TestRefuses", "func TestMore(t *testing.T) {\n\tif Sum() != 0 {\n\t\tt.Error()\n\t}\n}\n\nfunc TestRefuses"},
		{"src/test/java/SumTest.java", "renamed variable", "got", "result"},
		{"src/test/java/SumTest.java", "import", "class SumTest", "import java.util.List;\nclass SumTest"},
		{"SumTests.cs", "renamed variable", "got", "result"},
		{"SumTests.cs", "added row", "  [InlineData(1, 2)]\n", "  [InlineData(1, 2)]\n  [InlineData(0, 1)]\n"},
		{"spec/sum_spec.rb", "renamed variable", "got", "result"},
		{"spec/sum_spec.rb", "comment", "    got = Sum", "    # skip nothing\n    got = Sum"},
		{"tests/SumTest.php", "renamed variable", "$got", "$result"},
		{"tests/sum.rs", "renamed variable", "got", "result"},
		{"tests/sum.rs", "added test", "#[test]\nfn refuses", "#[test]\nfn more() {\n    assert_eq!(sum(0, 0), 0);\n}\n\n#[test]\nfn refuses"},
		{"src/test/kotlin/SumTest.kt", "renamed variable", "got", "result"},
	}
	for _, test := range tests {
		t.Run(test.file+" "+test.what, func(t *testing.T) {
			before := suites[test.file]
			if !strings.Contains(before, test.old) {
				t.Fatalf("no %q", test.old)
			}
			after := strings.ReplaceAll(before, test.old, test.new)
			if why := weakened(t.Context(), []change{{test.file, &before, &after}}); why != "" {
				t.Errorf("refused: %s", why)
			}
		})
	}
	for file, text := range suites {
		if why := weakened(t.Context(), []change{{file, &text, nil}, {"tests/moved/" + file, nil, &text}}); why != "" {
			t.Errorf("%s may not move: %s", file, why)
		}
	}
}

func TestSettingsThatWeakenTestsAreRefused(t *testing.T) {
	tests := []struct{ file, before, after, want string }{
		{".github/workflows/ci.yml", "steps:\n  - run: npm test\n", "steps:\n  - run: npm test || true\n", "|| true"},
		{".github/workflows/ci.yml", "steps:\n  - run: npm test\n", "steps:\n  - run: npm test\n    continue-on-error: true\n", "continue-on-error"},
		{".github/workflows/ci.yml", "steps:\n  - run: npm test\n", "steps:\n  - run: npm run lint\n", "fewer places"},
		{".github/workflows/ci.yml", "steps:\n  - run: npm test\n", "steps:\n  - if: false\n    run: npm test\n", "if: false"},
		{".github/workflows/ci.yml", "steps:\n  - run: npm test\n", "steps:\n  # - run: npm test\n", "fewer places"},
		{".github/workflows/ci.yml", "steps:\n  - run: npm ci\n  - run: npm test\n", "steps:\n  - run: npm ci\n  - run: npm test -- --ci\n", ""},
		{".gitlab-ci.yml", "test:\n  script: pytest\n", "test:\n  script: pytest\n  allow_failure: true\n", "allow_failure"},
		{"package.json", `{"scripts":{"test":"jest"}}`, `{"scripts":{"test":"jest --passWithNoTests"}}`, "passWithNoTests"},
		{"package.json", `{"scripts":{"test":"jest"}}`, `{"scripts":{"test":"exit 0"}}`, "fewer places"},
		{"package.json", `{"scripts":{"test":"jest"},"dependencies":{"a":"1"}}`, `{"scripts":{"test":"jest"},"dependencies":{"a":"2"}}`, ""},
		{"package.json", `{"jest":{"coverageThreshold":{"global":{"branches":80}}}}`, `{"jest":{"coverageThreshold":{"global":{"branches":50}}}}`, "branches from 80 to 50"},
		{"jest.config.js", "module.exports = { coverageThreshold: { global: { lines: 90 } } }\n", "module.exports = {}\n", "no threshold lines"},
		{"jest.config.js", "module.exports = {}\n", "module.exports = { testPathIgnorePatterns: ['sum'] }\n", "testPathIgnorePatterns"},
		{"jest.config.js", "module.exports = { coverageThreshold: { global: { lines: 90 } } }\n", "module.exports = { coverageThreshold: { global: { lines: 95 } } }\n", ""},
		{"setup.cfg", "[tool:pytest]\naddopts = --cov-fail-under=85\n", "[tool:pytest]\naddopts = --cov-fail-under=10\n", "cov-fail-under from 85 to 10"},
		{"pytest.ini", "[pytest]\naddopts = -q\n", "[pytest]\naddopts = -q --deselect tests/test_a.py::test_b\n", "--deselect"},
		{"pyproject.toml", "[tool.coverage.report]\nfail_under = 90\n", "[tool.coverage.report]\nfail_under = 80\n", "fail_under"},
		{"pom.xml", "<project><build/></project>", "<project><build><plugins><plugin><configuration><testFailureIgnore>true</testFailureIgnore></configuration></plugin></plugins></build></project>", "testFailureIgnore"},
		{"pom.xml", "<project><properties></properties></project>", "<project><properties><skipTests>true</skipTests></properties></project>", "skipTests"},
		{"pom.xml", "<project><minimum>0.80</minimum></project>", "<project><minimum>0.20</minimum></project>", "minimum from 0.8 to 0.2"},
		{"build.gradle", "test { useJUnitPlatform() }\n", "test { useJUnitPlatform(); ignoreFailures = true }\n", "ignoreFailures"},
		{"build.gradle", "test { useJUnitPlatform() }\n", "test { useJUnitPlatform(); exclude '**/SumTest*' }\n", "exclude"},
		{"Makefile", "test:\n\tgo test ./...\n", "test:\n\t-go test ./...\n", "-go"},
		{"Makefile", "test:\n\tgo test ./...\n", "test:\n\tgo test ./... || true\n", "|| true"},
		{"Makefile", "test:\n\tmvn verify\n", "test:\n\tmvn verify -DskipTests\n", "-DskipTests"},
		{"Cargo.toml", "[lib]\nname = \"a\"\n", "[lib]\nname = \"a\"\ntest = false\n", "test = false"},
		{"phpunit.xml", "<phpunit><testsuite/></phpunit>", "<phpunit><testsuite><exclude>tests/SumTest.php</exclude></testsuite></phpunit>", "<exclude>"},
		{"tox.ini", "[testenv]\ncommands = pytest\n", "[testenv]\ncommands = python -c 1\n", "fewer places"},
	}
	for _, test := range tests {
		t.Run(test.file+" "+test.want, func(t *testing.T) {
			got := weakened(t.Context(), []change{{test.file, &test.before, &test.after}})
			if (test.want == "") != (got == "") || !strings.Contains(got, test.want) {
				t.Errorf("%q; want %q", got, test.want)
			}
		})
	}
}

func FuzzWeakened(f *testing.F) {
	for name, text := range suites {
		f.Add(name, text, text[:len(text)/2])
		f.Add(name, "\ufeff"+strings.ReplaceAll(text, "\n", "\r\n"), text)
	}
	f.Add("a_test.go", strings.Repeat("(", 5000), strings.Repeat("t.Error(", 2000))
	f.Add("x.spec.rb", "'\\", "\"\"\"")
	f.Add("package.json", "|| true", "threshold: 1e999 branches=99999999999999999999")
	f.Fuzz(func(t *testing.T, name, before, after string) {
		if why := weakened(t.Context(), []change{{name, &before, &before}}); why != "" {
			t.Errorf("what stays the same is weaker: %s", why)
		}
		weakened(t.Context(), []change{{name, &before, &after}})
	})
}
