package syntax

import "testing"

func TestACallInAnAnonymousClassIsOneOfItsType(t *testing.T) {
	f, err := Read(t.Context(), "A.java", []byte("import x.y.Mapper;\nclass A {\n  Object a = new Mapper<String>() {{ loosen(); }};\n}\n"))
	if err != nil {
		t.Fatal(err)
	}
	for _, u := range f.Uses {
		if u.Call && u.Module == "x.y.Mapper" && u.Path == "loosen" && u.Line == 3 {
			return
		}
	}
	t.Errorf("the call is not among %+v", f.Uses)
}
