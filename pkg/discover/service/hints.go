package service

import (
	"path"
	"regexp"
	"strings"

	"github.com/fettle-dev/fettle/pkg/fettle"
)

// hint says that names suggest a class of data. Each subject counts once for a service, wherever it stands: two subjects are two
// hints.
func (f *finder) hint(at place, class, subject, source, file string, line int, why string) {
	for _, dir := range at.dirs {
		if key := dir + "\x00" + class + "\x00" + subject; !f.hints[key] {
			f.hints[key] = true
			f.say(place{[]string{dir}, at.sure}, claim{signal: fettle.Data, text: class, strength: fettle.Hinted, source: source, file: file, line: line, why: why})
		}
	}
}

// fieldClasses are names of fields, lower case without marks, and the class of data and the subject that they suggest.
var fieldClasses = classes(map[string]string{
	"pci cardnumber": "cardnumber creditcardnumber creditcard ccnumber ccnum cardno primaryaccountnumber cardpan debitcardnumber",
	"pci cvv":        "cvv cvc cvv2 cvc2 cardcvv cardcvc cardsecuritycode cvvcode",
	"pci cardholder": "cardholder cardholdername cardowner",
	"pci cardexpiry": "cardexpiry cardexpirydate cardexpiration cardexpmonth cardexpyear ccexp ccexpiry",
	"pii birth":      "dateofbirth birthdate dob birthday birthdt",
	"pii passport":   "passportnumber passportno passportid",
	"pii nationalid": "ssn socialsecuritynumber socialsecurityno socialsecurity nationalid nationalidnumber nationalidentificationnumber nationalinsurancenumber taxid taxpayerid aadhaar aadhaarnumber personnummer",
	"pii licence":    "driverslicense driverslicensenumber driverlicense driverlicensenumber drivinglicence",
	"pii address":    "homeaddress streetaddress addressline1 addressline streetname residentialaddress mailingaddress",
	"pii postcode":   "postalcode postcode zipcode",
	"pii phone":      "phonenumber mobilenumber mobilephone cellphone homephone",
	"pii bank":       "iban bankaccountnumber accountiban routingnumber sortcode",
	"pii maiden":     "maidenname mothersmaidenname",
	"pii belief":     "ethnicity religion sexualorientation",
	"phi diagnosis":  "diagnosis diagnoses diagnosiscode icd10 icd10code icdcode",
	"phi patient":    "patientid patientname patient patients medicalrecordnumber mrn patientrecord",
	"phi treatment":  "prescription prescriptions medication medications dosage treatmentplan allergies bloodtype bloodpressure labresult labresults",
	"phi insurance":  "healthinsurancenumber healthinsuranceid insurancemembernumber medicarenumber",
})

type class struct{ class, subject string }

func classes(table map[string]string) map[string]class {
	m := map[string]class{}
	for key, words := range table {
		c, subject, _ := strings.Cut(key, " ")
		for word := range strings.FieldsSeq(words) {
			m[word] = class{c, subject}
		}
	}
	return m
}

// fieldHint takes the name of a field, however it is written: cardNumber, card_number, CARD-NUMBER.
func (f *finder) fieldHint(at place, source, file string, line int, name string) {
	if len(name) < 3 || len(name) > 40 {
		return
	}
	if c, ok := fieldClasses[fieldName(name)]; ok {
		f.hint(at, c.class, c.subject, source, file, line, "field "+name)
	}
}

func fieldName(name string) string {
	plain := make([]byte, 0, 40)
	for i := range len(name) {
		switch c := name[i]; {
		case c >= 'A' && c <= 'Z':
			plain = append(plain, c+'a'-'A')
		case c != '_' && c != '-' && c != ' ':
			plain = append(plain, c)
		}
	}
	return string(plain)
}

var modelPath = regexp.MustCompile(`(?i)(model|entit|schema|dto|domain|migration|record|table|serializer|types?/|forms?[./])`)

// isModel reports whether a file, by its path, holds the fields of data that is kept or taken.
func isModel(file string) bool {
	return schemas[strings.ToLower(path.Ext(file))] || modelPath.MatchString(file)
}

// fields looks at every identifier of a model.
func (f *finder) fields(file string, text []byte) {
	var at place
	line, from := 1, -1
	for i := 0; i <= len(text); i++ {
		c := byte('\n')
		if i < len(text) {
			c = text[i]
		}
		if c == '_' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' {
			if from < 0 {
				from = i
			}
			continue
		}
		if from >= 0 && i-from >= 3 && i-from <= 40 {
			if name := string(text[from:i]); fieldClasses[fieldName(name)].class != "" {
				if at.dirs == nil {
					at = f.home(file)
				}
				f.fieldHint(at, "fields", file, line, name)
			}
		}
		from = -1
		if c == '\n' {
			line++
		}
	}
}

// vendors are parts of the names of packages, and the class of data that they suggest.
var vendors = classes(map[string]string{
	"pci stripe":       "stripe stripe-go stripe-java stripe-php",
	"pci braintree":    "braintree braintree-go braintree-java",
	"pci adyen":        "adyen adyen-java-api-library",
	"pci paypal":       "paypal paypalrestsdk paypalcheckoutsdk",
	"pci authorizenet": "authorizenet anet",
	"pci worldpay":     "worldpay", "pci cybersource": "cybersource", "pci mollie": "mollie", "pci razorpay": "razorpay", "pci klarna": "klarna",
	"pci recurly": "recurly", "pci chargebee": "chargebee", "pci payu": "payu", "pci gocardless": "gocardless", "pci omise": "omise",
	"pci activemerchant": "activemerchant", "pci omnipay": "omnipay",
	"pii onfido": "onfido", "pii jumio": "jumio", "pii veriff": "veriff", "pii sumsub": "sumsub", "pii trulioo": "trulioo",
	"phi fhir":      "fhir fhirclient fhirpath fhirpy hapi-fhir fhir4java",
	"phi hl7":       "hl7 hl7v2 hl7apy hl7parser",
	"phi dicom":     "dicom pydicom pynetdicom dcm4che dcm4che-core fo-dicom cornerstone-core",
	"secrets vault": "hvac node-vault vault vault-java-driver keyvault",
	"secrets store": "secretsmanager secretmanager",
})

var (
	jsonKey = regexp.MustCompile(`"([^"\s]{2,120})"\s*:`)
	word    = regexp.MustCompile(`[A-Za-z0-9@][A-Za-z0-9@/._:-]{2,120}`)
	split   = regexp.MustCompile(`[/@.:_]`)
)

// lockfiles hold what others need too, which suggests nothing.
var lockfiles = set("package-lock.json yarn.lock pnpm-lock.yaml bun.lock poetry.lock uv.lock Pipfile.lock packages.lock.json")

// readManifestHints looks at the packages that manifests declare.
func (f *finder) readManifestHints() {
	for _, u := range f.units {
		for _, file := range u.files {
			if lockfiles[path.Base(file)] {
				continue
			}
			if data, ok := f.read(file, maxConfig, false); ok {
				f.manifestHints(u, file, string(data))
			}
		}
	}
}

func (f *finder) manifestHints(u unit, file, text string) {
	at, n := place{[]string{u.dir}, true}, 0
	for line := range strings.SplitSeq(text, "\n") {
		n++
		if trimmed := strings.TrimSpace(line); strings.HasPrefix(trimmed, "#") || strings.HasPrefix(trimmed, "//") || strings.HasPrefix(trimmed, "<!--") || strings.HasSuffix(trimmed, "// indirect") {
			continue
		}
		if strings.HasSuffix(file, ".json") {
			for _, m := range jsonKey.FindAllStringSubmatch(line, 10_000) {
				f.packageHint(at, file, n, m[1])
			}
			continue
		}
		for _, name := range word.FindAllString(line, 200) {
			f.packageHint(at, file, n, name)
		}
	}
}

func (f *finder) packageHint(at place, file string, line int, name string) {
	lower := strings.ToLower(name)
	if strings.Contains(lower, "secrets-manager") || strings.Contains(lower, "secret-manager") {
		lower = "secretsmanager"
	}
	if strings.HasPrefix(lower, "org.hl7") || strings.HasPrefix(lower, "ca.uhn") || strings.HasPrefix(lower, "hapi-fhir") {
		lower = "hapi-fhir"
	}
	parts := split.Split(lower, -1)
	for _, part := range parts {
		for _, candidate := range append([]string{part}, strings.Split(part, "-")...) {
			if c, ok := vendors[candidate]; ok && len(candidate) > 2 {
				f.hint(at, c.class, c.subject, "manifest", file, line, "depends on "+name)
				return
			}
		}
	}
}
