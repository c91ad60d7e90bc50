package syntax

import (
	"slices"
	"strings"
)

// pyLoader is a function that loads code.
type pyLoader struct {
	arg   int    // which argument names what is loaded
	key   string // the same by keyword
	kind  byte   // 'm' a module, 'o' a thing in a module, 'f' a file, 'c' source text, 'e' a group of entry points, 'u' what data name, 'i' code that it is given
	noted string // for people
}

// pyLoaders are the functions by module and name that load code by a name that they are given.
var pyLoaders = map[string]pyLoader{
	"importlib.import_module":                          {0, "name", 'm', "importlib.import_module"},
	"importlib.__import__":                             {0, "name", 'm', "importlib.__import__"},
	"__import__":                                       {0, "name", 'm', "__import__"},
	"builtins.__import__":                              {0, "name", 'm', "__import__"},
	"runpy.run_module":                                 {0, "mod_name", 'm', "runpy.run_module"},
	"runpy.run_path":                                   {0, "path_name", 'f', "runpy.run_path"},
	"imp.load_module":                                  {0, "name", 'm', "imp.load_module"},
	"imp.load_dynamic":                                 {1, "pathname", 'f', "imp.load_dynamic"},
	"imp.load_package":                                 {1, "path", 'f', "imp.load_package"},
	"imp.load_source":                                  {1, "pathname", 'f', "imp.load_source"},
	"importlib.util.spec_from_file_location":           {1, "location", 'f', "importlib.util.spec_from_file_location"},
	"importlib.machinery.SourceFileLoader":             {1, "path", 'f', "importlib.machinery.SourceFileLoader"},
	"importlib.util.module_from_spec":                  {-1, "", 'f', "importlib.util.module_from_spec"},
	"pkgutil.resolve_name":                             {0, "name", 'o', "pkgutil.resolve_name"},
	"pkgutil.walk_packages":                            {1, "prefix", 'w', "pkgutil.walk_packages"},
	"pydoc.locate":                                     {0, "path", 'o', "pydoc.locate"},
	"logging.config.dictConfig":                        {-1, "", ' ', ""},
	"django.utils.module_loading.import_string":        {0, "dotted_path", 'o', "import_string"},
	"django.utils.module_loading.autodiscover_modules": {-1, "", ' ', ""},
	"werkzeug.utils.import_string":                     {0, "import_name", 'o', "import_string"},
	"werkzeug.utils.find_modules":                      {0, "import_path", 'm', "find_modules"},
	"kombu.utils.symbol_by_name":                       {0, "name", 'o', "symbol_by_name"},
	"kombu.utils.imports.symbol_by_name":               {0, "name", 'o', "symbol_by_name"},
	"celery.utils.imports.instantiate":                 {0, "name", 'o', "instantiate"},
	"zope.dottedname.resolve.resolve":                  {0, "name", 'o', "zope.dottedname"},
	"twisted.python.reflect.namedAny":                  {0, "name", 'o', "namedAny"},
	"twisted.python.reflect.namedModule":               {0, "name", 'm', "namedModule"},
	"traitlets.utils.importstring.import_item":         {0, "name", 'o', "import_item"},
	"oslo_utils.importutils.import_module":             {0, "import_str", 'm', "importutils.import_module"},
	"oslo_utils.importutils.import_class":              {0, "import_str", 'o', "importutils.import_class"},
	"hydra.utils.instantiate":                          {-1, "", 'f', "hydra.utils.instantiate"},
	"exec":                                             {0, "", 'c', "exec"},
	"eval":                                             {0, "", 'c', "eval"},
	"execfile":                                         {0, "", 'f', "execfile"},
	"builtins.exec":                                    {0, "", 'c', "exec"},
	"builtins.eval":                                    {0, "", 'c', "eval"},
	"builtins.compile":                                 {0, "source", 'c', "compile"},
	"compile":                                          {0, "source", 'c', "compile"},
	"types.FunctionType":                               {-1, "", 'i', "types.FunctionType"},
	"types.LambdaType":                                 {-1, "", 'i', "types.LambdaType"},
	"code.interact":                                    {-1, "", 'i', "code.interact"},
	"code.InteractiveConsole":                          {-1, "", 'i', "code.InteractiveConsole"},
	"code.InteractiveInterpreter":                      {-1, "", 'i', "code.InteractiveInterpreter"},
	"IPython.embed":                                    {-1, "", 'i', "IPython.embed"},
	"IPython.start_ipython":                            {-1, "", 'i', "IPython.start_ipython"},
	"zipimport.zipimporter":                            {-1, "", 'f', "zipimport.zipimporter"},
	"importlib.util.spec_from_loader":                  {-1, "", 'f', "importlib.util.spec_from_loader"},
	"importlib.machinery.SourcelessFileLoader":         {-1, "", 'f', "importlib.machinery.SourcelessFileLoader"},
	"importlib.machinery.ExtensionFileLoader":          {-1, "", 'f', "importlib.machinery.ExtensionFileLoader"},
	"numpy.load":                                       {-1, "", 'u', "numpy.load"},
	"yaml.load":                                        {-1, "", 'u', "yaml.load"},
	"yaml.load_all":                                    {-1, "", 'u', "yaml.load_all"},
	"ruamel.yaml.YAML":                                 {-1, "", 'u', "ruamel.yaml.YAML"},
	"ruamel.yaml.load":                                 {-1, "", 'u', "ruamel.yaml.load"},
	"yaml.unsafe_load":                                 {-1, "", 'u', "yaml.unsafe_load"},
	"yaml.unsafe_load_all":                             {-1, "", 'u', "yaml.unsafe_load_all"},
	"pickle.load":                                      {-1, "", 'u', "pickle.load"},
	"pickle.loads":                                     {-1, "", 'u', "pickle.loads"},
	"pickle.Unpickler":                                 {-1, "", 'u', "pickle.Unpickler"},
	"_pickle.load":                                     {-1, "", 'u', "_pickle.load"},
	"_pickle.loads":                                    {-1, "", 'u', "_pickle.loads"},
	"_pickle.Unpickler":                                {-1, "", 'u', "_pickle.Unpickler"},
	"cPickle.load":                                     {-1, "", 'u', "cPickle.load"},
	"cPickle.loads":                                    {-1, "", 'u', "cPickle.loads"},
	"cPickle.Unpickler":                                {-1, "", 'u', "cPickle.Unpickler"},
	"dill.load":                                        {-1, "", 'u', "dill.load"},
	"dill.loads":                                       {-1, "", 'u', "dill.loads"},
	"dill.load_session":                                {-1, "", 'u', "dill.load_session"},
	"dill.Unpickler":                                   {-1, "", 'u', "dill.Unpickler"},
	"cloudpickle.load":                                 {-1, "", 'u', "cloudpickle.load"},
	"cloudpickle.loads":                                {-1, "", 'u', "cloudpickle.loads"},
	"pickle5.load":                                     {-1, "", 'u', "pickle5.load"},
	"pickle5.loads":                                    {-1, "", 'u', "pickle5.loads"},
	"joblib.load":                                      {-1, "", 'u', "joblib.load"},
	"torch.load":                                       {-1, "", 'u', "torch.load"},
	"shelve.open":                                      {-1, "", 'u', "shelve.open"},
	"pandas.read_pickle":                               {-1, "", 'u', "pandas.read_pickle"},
	"jsonpickle.decode":                                {-1, "", 'u', "jsonpickle.decode"},
	"jsonpickle.loads":                                 {-1, "", 'u', "jsonpickle.loads"},
	"importlib.metadata.entry_points":                  {-1, "group", 'e', "importlib.metadata.entry_points"},
	"importlib_metadata.entry_points":                  {-1, "group", 'e', "importlib_metadata.entry_points"},
	"pkg_resources.iter_entry_points":                  {0, "group", 'e', "pkg_resources.iter_entry_points"},
	"pkg_resources.load_entry_point":                   {1, "group", 'e', "pkg_resources.load_entry_point"},
	"pkg_resources.get_entry_map":                      {1, "group", 'e', "pkg_resources.get_entry_map"},
	"entrypoints.get_group_all":                        {0, "group", 'e', "entrypoints"},
	"entrypoints.get_group_named":                      {0, "group", 'e', "entrypoints"},
	"entrypoints.get_single":                           {0, "group", 'e', "entrypoints"},
	"stevedore.ExtensionManager":                       {0, "namespace", 'e', "stevedore"},
	"stevedore.DriverManager":                          {0, "namespace", 'e', "stevedore"},
	"stevedore.NamedExtensionManager":                  {0, "namespace", 'e', "stevedore"},
	"stevedore.EnabledExtensionManager":                {0, "namespace", 'e', "stevedore"},
	"stevedore.HookManager":                            {0, "namespace", 'e', "stevedore"},
	"stevedore.extension.ExtensionManager":             {0, "namespace", 'e', "stevedore"},
	"stevedore.driver.DriverManager":                   {0, "namespace", 'e', "stevedore"},
	"stevedore.named.NamedExtensionManager":            {0, "namespace", 'e', "stevedore"},
	"stevedore.enabled.EnabledExtensionManager":        {0, "namespace", 'e', "stevedore"},
	"stevedore.hook.HookManager":                       {0, "namespace", 'e', "stevedore"},
}

// pyLoaderMethods load entry points whatever object they belong to.
var pyLoaderMethods = map[string]pyLoader{
	"load_setuptools_entrypoints": {0, "group", 'e', "load_setuptools_entrypoints"},
	"iter_entry_points":           {0, "group", 'e', "iter_entry_points"},
	"exec_module":                 {-1, "", 'f', "exec_module"},
	"load_module":                 {0, "fullname", 'm', "load_module"},
	"import_module":               {0, "name", 'm', "import_module"},
}

// pyHarmless reports whether a call of what loads the classes that data name is told not to.
func pyHarmless(loader string, args Node) bool {
	switch loader {
	case "numpy.load":
		allowed := pyArgument(args, 2, "allow_pickle")
		return !allowed.OK() || allowed.Text() == "False"
	case "torch.load":
		return pyArgument(args, -1, "weights_only").Text() == "True"
	case "ruamel.yaml.YAML":
		kind := pyArgument(args, -1, "typ")
		return !kind.OK() || kind.Is("string") && !strings.Contains(kind.Text(), "unsafe")
	case "yaml.load", "yaml.load_all", "ruamel.yaml.load":
		_, name := pyChain(pyArgument(args, 1, "Loader"))
		if name == "" {
			name = pyArgument(args, 1, "Loader").Text()
		}
		return slices.Contains([]string{"SafeLoader", "CSafeLoader", "BaseLoader", "CBaseLoader", "FullLoader", "CFullLoader"}, name)
	}
	return false
}
