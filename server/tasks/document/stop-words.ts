const english = `a about above after again against all also always am an and any anyone are as at away back be because been
before being below between both but by came can cannot come could did do does doing done down during each either else
ever every few first for from further get give given go had has have having he her here hers herself him himself his how
however i if in into is it its itself just least less like made make many may me might mine more most much must my myself
near need neither never next no nobody none nor not nothing now of off often on once one only or other others our ours
ourselves out over own per please put quite rather same second see seen shall she should since so some soon still such
take taken than that the their theirs them themselves then there these they third this those though three through thus to
together told too toward two under until up upon us use used very via was we well were what when where whether which
while who whom whose why will with within without would yet you your yours yourself yourselves`;

const spanish = `a acá ahí al algo algún alguna algunas alguno algunos allá allí ambos ante antes aquel aquella aquellas aquello
aquellos aquí así aún aunque bajo bastante bien cada casi como cómo con contra cosa cual cuál cuales cualquier cuando cuándo
cuanto da dan de del demás desde después donde dónde dos durante e el él ella ellas ello ellos en entonces entre era eran
es esa esas ese eso esos esta está estaba estaban estado están estar estas este esto estos estuvo fin fue fueron fuera ha
había habían hace hacen hacer hacia han hasta hay he incluso ir la las le les lo los luego más me mediante menos mi mí
mientras mis misma mismas mismo mismos mucha muchas mucho muchos muy nada nadie ni ningún ninguna ninguno no nos nosotros
nuestra nuestras nuestro nuestros nunca o os otra otras otro otros para pero poca pocas poco pocos podrá podrán por porque
primero puede pueden pues que qué quien quién quienes se sea sean según segundo ser será serán si sí sido siempre sin sino
sobre sólo solo son su sus tal también tampoco tan tanto te tendrá tener tenga tengan tiene tienen toda todas todo todos
tras tres tu tú tus último un una unas uno unos usted ustedes va van varias varios vez y ya yo`;

const setOf = (words: string) => new Set(words.split(/\s+/));
const byLanguage: Record<string, ReadonlySet<string>> = { en: setOf(english), es: setOf(spanish) };

/** Words that carry no subject, in lower case; null for a language without a list. */
export function stopWords(language: string): ReadonlySet<string> | null {
  return byLanguage[language] ?? null;
}
