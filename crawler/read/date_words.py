"""The words that stand around a date on a page: labels, weekdays, months, counters, zones.

Phrases stand as people write them, separated by a bar; `PHRASES` holds them folded, with their meanings. A phrase
that is not here makes a text no date, so a word is added when a real CMS prints it beside the date of a page,
never because it occurs near dates in prose.
"""

from __future__ import annotations

import unicodedata
from typing import Final

_CODES = (
    dict.fromkeys(range(0x300, 0x370))  # accents, after decomposition
    | dict.fromkeys([0xAD, 0x34F, 0x61C, 0x180E, 0xFEFF, *range(0x200B, 0x2010), *range(0x202A, 0x202F)])
    | dict.fromkeys([*range(0x2060, 0x2070), 0xFE0E, 0xFE0F])  # invisible: they go without a trace
    | dict.fromkeys(range(0xE000, 0xF900), " ")  # private use: the glyphs of icon fonts
    | dict.fromkeys(range(0x1F550, 0x1F568), " ")  # clock faces
    | dict.fromkeys(map(ord, "⏰⏱⏲⌚🕰📅📆🗓👁👀"), " ")
    | dict.fromkeys(map(ord, "‐‑‒–—―−－─"), "-")
    | dict.fromkeys(map(ord, "’‘‛`´′"), "'")
    | dict.fromkeys(map(ord, "“”″"), '"')
    | dict.fromkeys(map(ord, "•●▪◦‣⋅∙│¦‖·|■▶►»«›‹→"), "|")
    | {ord("、"): ",", ord("。"): ".", ord("∕"): "/", ord("⁄"): "/", ord("ı"): "i", ord("ł"): "l", ord("Ł"): "l"}
    | {ord("ø"): "o", ord("Ø"): "o", ord("æ"): "ae", ord("Æ"): "ae", ord("ß"): "ss", ord("Ð"): "đ", ord("ð"): "đ"}
)
_DROPPED_OR_REPLACED: Final[dict[int, str | None]] = dict(_CODES)


def fold_for_dates(text: str) -> str:
    """Lower case, compatibility-decomposed, without accents; dashes, quotes and bullets in one form each.

    `đ` stays itself: `đến` (until) must not become the `den` of a Danish date.
    """
    if not text.isascii():
        text = unicodedata.normalize("NFKD", text).translate(_DROPPED_OR_REPLACED)
    return " ".join(text.lower().split())


PUBLISHED = """
ngày đăng|ngày đăng tin|ngày đăng bài|ngày đăng tải|ngày giờ đăng|giờ đăng|đăng|đăng tin|đăng bài|đăng tải
được đăng
đã đăng|bài đăng|tin đăng|bài viết đăng|thời gian đăng|thời gian đăng tin|thời gian đăng bài|thời gian đăng tải
thời điểm đăng|ngày xuất bản|xuất bản|đã xuất bản|thời gian xuất bản|được xuất bản|ngày giờ xuất bản
ngày đưa tin|ngày đưa|đưa tin|đưa lên|ngày gửi|ngày gửi bài|gửi|gửi bài|gửi lúc|ngày giờ|ngày tháng|viết|viết bài
bài viết
posted|post|post date|posted date|date posted|post on|published|publish|published date|publish date
publishing date
publication date|date published|date of publication|date|date time|datetime|first published|originally published
originally posted|release date|released|article published|story published|published time|publish time
publié|publiée|publication|date de publication|mis en ligne|paru|posté|écrit|rédigé|article publié
veröffentlicht|veröffentlichung|veröffentlichungsdatum|publiziert|datum|erschienen|online seit|eingestellt|vom
verfasst
publicado|publicada|publicación|fecha|fecha de publicación|creado|publicado en|publicado el
publicação|data de publicação|data da publicação|data|postado|postado em|publicado em
pubblicato|pubblicata|data di pubblicazione|pubblicazione|pubblicato il
gepubliceerd|geplaatst|publicatiedatum|gepubliceerd op|geplaatst op
opublikowano|opublikowany|data publikacji|dodano|data dodania|opublikowane|data utworzenia|utworzono
опубликовано|опубликована|опубликован|дата публикации|дата|размещено|добавлено|создано
yayınlanma|yayınlanma tarihi|yayın tarihi|yayınlandı|eklenme|eklenme tarihi|tarih|giriş tarihi|giriş
oluşturulma tarihi
publikováno|vydáno|datum vydání|zveřejněno|datum zveřejnění|vloženo|přidáno|datum publikace
publicerad|publicerat|publicerades|publiceret|offentliggjort|udgivet|publisert|lagt ut|julkaistu|julkaisupäivä
δημοσίευση|δημοσιεύθηκε|δημοσιεύτηκε|ημερομηνία|ημερομηνία δημοσίευσης
közzétéve|közzététel|megjelent|publikálva|létrehozva|dátum
publicat|publicată|data publicării|postat|diterbitkan|dipublikasikan|tanggal|diposting|terbit|tayang
发布时间|发布日期|发表时间|时间|日期|公開日|掲載日|投稿日|公開日時|掲載日時|配信|작성일|등록일|입력|게시일|등록일자
"""

CREATED = """
ngày tạo|tạo|tạo lúc|thời gian tạo|ngày tạo lập|ngày viết|ngày soạn|created|creation date|created date
date created|erstellt
créé|créée|date de création|creato|criado|criado em|aangemaakt|vytvořeno|oprettet|opprettet|skapad
"""

UPDATED = """
cập nhật|cập nhật lần cuối|lần cuối cập nhật|lần cập nhật cuối|cập nhật mới nhất|cập nhật cuối|cập nhật gần nhất
ngày cập nhật|ngày cập nhật cuối|thời gian cập nhật|thời điểm cập nhật|được cập nhật|đã cập nhật|ngày giờ cập nhật
cập nhật gần đây|cập nhật lần cuối cùng|lần cập nhật cuối cùng|sửa đổi|sửa lần cuối|chỉnh sửa|chỉnh sửa lần cuối
ngày sửa|ngày chỉnh sửa|ngày sửa đổi|lần sửa cuối|sửa đổi lần cuối|đã sửa|tin cập nhật|cập nhật tin|giờ cập nhật
updated|update|last update|last updated|updated date|date updated|modified|last modified|date modified
modified date
last modified date|last edited|edited|last revised|revised|last reviewed|latest update|article updated
story updated
mis à jour|mise à jour|actualisé|actualisée|dernière mise à jour|modifié|modifiée|dernière modification|maj
aktualisiert|zuletzt aktualisiert|letzte aktualisierung|aktualisierung|stand|geändert|zuletzt geändert
letzte änderung
actualizado|actualizada|última actualización|actualización|modificado|atualizado|atualizada|última atualização
atualização
aggiornato|aggiornata|ultimo aggiornamento|aggiornamento|ultima modifica|modificato|última modificação
última modificación
bijgewerkt|laatst bijgewerkt|gewijzigd|laatst gewijzigd|laatste update|aangepast|laatst aangepast
aktualizacja|zaktualizowano|ostatnia aktualizacja|data aktualizacji|zmodyfikowano|ostatnia modyfikacja
data modyfikacji
обновлено|обновлена|обновлен|дата обновления|последнее обновление|изменено
güncelleme|güncellenme|son güncelleme|güncellendi|güncelleme tarihi|son güncellenme|güncellenme tarihi
aktualizováno|naposledy aktualizováno|poslední aktualizace|aktualizace|upraveno
uppdaterad|senast uppdaterad|uppdaterades|opdateret|sidst opdateret|senest opdateret|oppdatert|sist oppdatert
sist endret|ændret|päivitetty|viimeksi päivitetty|muokattu|ενημέρωση|ενημερώθηκε|τελευταία ενημέρωση
frissítve|utolsó frissítés|módosítva|utolsó módosítás|actualizat|actualizare|ultima actualizare|diperbarui
terakhir diperbarui
更新时间|更新日期|更新|更新日|更新日時|最終更新|最終更新日|수정|수정일|최종수정|업데이트
"""

COUNTED = """
lượt xem|số lượt xem|số lần xem|đã xem|xem|lần xem|lượt đọc|số lượt đọc|số lần đọc|đã đọc|lượt truy cập
số lượt truy cập
lượt xem tin|lượt xem bài|tổng lượt xem|tổng số lượt xem|người xem|số người xem|lượt thích|lượt tải|lượt chia sẻ
lần đọc|lượt người xem|lượt người đọc|bình luận|phản hồi|ý kiến|ý kiến bạn đọc|lượt bình luận|số bình luận
số lượt đọc bài|lượt nghe
view|views|view count|viewed|hits|hit|hit count|read|reads|read count|number of views|page views|pageviews|visits
visit count
time viewed|times viewed|total views|comment|comments|like|likes|share|shares|replies|downloads|download count
vues|lectures|commentaires|commentaire|aufrufe|zugriffe|kommentare|kommentar|visitas|lecturas|comentarios
comentários
visualizações|visualizzazioni|letture|commenti|weergaven|reacties|wyświetleń|wyświetlenia|odsłon|komentarzy
komentarze
просмотров|просмотры|комментариев|okunma|yorum|görüntülenme|zobrazení|visningar|visninger|katselukertaa
vizualizări|dilihat
浏览|浏览次数|点击|点击数|阅读|조회|조회수
"""

COUNTED_THINGS = "lượt|lần|times|time|người|次|회"
"""What may only follow a counter's number: `Lần 2` by itself is the second of something."""

FILLERS = """
ngày|năm|lúc|vào|vào lúc|hồi|vào hồi|giờ|ngày giờ|vào ngày|at|on|the|of|le|la|à|il|alle|alle ore|ore|el|las|a las
a la|de|del
dia|em|no|às|op|om|am|um|uhr|kl|klo|den|o|w|dnia|r|roku|godz|godzina|г|года|год|в|saat|ve|dne|v|hod|στις|ώρα
ora|la ora|pada|pukul|jam|år|um|óra|du|și|t|hs|hrs|hr|hours|časů
"""

TODAY = {"hôm nay": 0, "ngày hôm nay": 0, "hôm qua": -1, "ngày hôm qua": -1, "hôm kia": -2, "ngày hôm kia": -2}
TODAY |= {"today": 0, "yesterday": -1, "heute": 0, "gestern": -1, "vorgestern": -2, "aujourd'hui": 0, "hier": -1}
TODAY |= {"hoy": 0, "ayer": -1, "hoje": 0, "ontem": -1, "oggi": 0, "ieri": -1, "vandaag": 0, "gisteren": -1}
TODAY |= {"dziś": 0, "dzisiaj": 0, "wczoraj": -1, "сегодня": 0, "вчера": -1, "bugün": 0, "dün": -1, "dnes": 0}
TODAY |= {
    "včera": -1,
    "idag": 0,
    "igår": -1,
    "i dag": 0,
    "i går": -1,
    "tänään": 0,
    "eilen": -1,
    "hari ini": 0,
    "kemarin": -1,
}

MERIDIEMS = {"sa": "am", "am": "am", "sáng": "am", "buổi sáng": "am", "ch": "pm", "pm": "pm", "chiều": "pm"}
MERIDIEMS |= {
    "buổi chiều": "pm",
    "tối": "evening",
    "buổi tối": "evening",
    "trưa": "noon",
    "buổi trưa": "noon",
    "đêm": "night",
}
MERIDIEMS |= {
    "πμ": "am",
    "μμ": "pm",
    "上午": "am",
    "下午": "pm",
    "午前": "am",
    "午後": "pm",
    "오전": "am",
    "오후": "pm",
}

UNITS = {"giây": "second", "phút": "minute", "giờ": "hour", "tiếng": "hour", "ngày": "day", "hôm": "day"}
UNITS |= {"tuần": "coarse", "tháng": "coarse", "năm": "coarse", "week": "coarse", "month": "coarse", "year": "coarse"}
UNITS |= {"second": "second", "sec": "second", "minute": "minute", "min": "minute", "hour": "hour", "day": "day"}
UNITS |= {f"{unit}s": kind for unit, kind in UNITS.items() if unit.isascii()} | {
    "h": "hour",
    "hr": "hour",
    "hrs": "hour",
}
"""Units of `5 phút trước`; the unit that is named is the precision that can be had."""

MONTHS = """
tháng một|tháng 1|january|jan|januar|januari|janvier|janv|janner|enero|ene|gennaio|gen|janeiro|jan|stycznia
styczeń|sty|января|январь|янв|ocak|oca|ledna|leden|led|tammikuuta|tammikuu|ιανουαρίου|ιανουάριος|ιαν|január
ianuarie|ian

tháng hai|february|feb|februar|februari|février|fevr|fev|feber|febrero|febbraio|fevereiro|lutego|luty|lut|февраля
февраль|фев|февр|şubat|şub|února|únor|úno|helmikuuta|helmikuu|φεβρουαρίου|φεβρουάριος|φεβ|február|februarie

tháng ba|march|mar|märz|maerz|mrz|mars|marzo|março|maart|mrt|marca|marzec|марта|март|мар|mart|března|březen|bře
maaliskuuta|maaliskuu|μαρτίου|μάρτιος|μαρ|március|márc|martie|maret|marts

tháng tư|tháng bốn|april|apr|avril|avr|abril|abr|aprile|kwietnia|kwiecień|kwi|апреля|апрель|апр|nisan|nis|dubna
duben|dub|huhtikuuta|huhtikuu|απριλίου|απρίλιος|απρ|április|ápr|aprilie

tháng năm|may|mai|mayo|maggio|mag|maio|mei|maja|maj|мая|май|mayıs|května|květen|kvě|toukokuuta|toukokuu|μαΐου
μάιος|μαι|május|máj

tháng sáu|june|jun|juni|juin|junio|giugno|giu|junho|czerwca|czerwiec|cze|июня|июнь|июн|haziran|haz|června|červen
čvn|kesäkuuta|kesäkuu|ιουνίου|ιούνιος|ιουν|június|jún|iunie|iun

tháng bảy|tháng bẩy|july|jul|juli|juillet|juil|julio|luglio|lug|julho|lipca|lipiec|lip|июля|июль|июл|temmuz|tem
července|červenec|čvc|heinäkuuta|heinäkuu|ιουλίου|ιούλιος|ιουλ|július|júl|iulie|iul

tháng tám|august|aug|août|aout|agosto|ago|augustus|sierpnia|sierpień|sie|августа|август|авг|ağustos|ağu|srpna
srpen|srp|elokuuta|elokuu|αυγούστου|αύγουστος|αυγ|augusztus|agustus|agu|agt

tháng chín|september|sep|sept|septembre|septiembre|setiembre|settembre|set|setembro|września|wrzesień|wrz|сентября
сентябрь|сен|сент|eylül|eyl|září|zář|syyskuuta|syyskuu|σεπτεμβρίου|σεπτέμβριος|σεπ|σεπτ|szeptember|szept
septembrie

tháng mười|october|oct|oktober|okt|octobre|octubre|ottobre|ott|outubro|out|października|październik|paź|октября
октябрь|окт|ekim|eki|října|říjen|říj|lokakuuta|lokakuu|οκτωβρίου|οκτώβριος|οκτ|október|octombrie

tháng mười một|november|nov|novembre|noviembre|novembro|listopada|listopad|lis|ноября|ноябрь|ноя|нояб|kasım|kas
listopadu|lis|marraskuuta|marraskuu|νοεμβρίου|νοέμβριος|νοε|noiembrie|noi|nopember

tháng mười hai|december|dec|dezember|dez|décembre|déc|diciembre|dic|dicembre|dezembro|grudnia|grudzień|gru|декабря
декабрь|дек|aralık|ara|prosince|prosinec|pro|joulukuuta|joulukuu|δεκεμβρίου|δεκέμβριος|δεκ|decembrie|desember|des
"""

WEEKDAYS = """
thứ hai|monday|mon|montag|mo|lundi|lun|lunes|lunedì|segunda-feira|segunda|seg|maandag|ma|poniedziałek|pon
понедельник|пн|pazartesi|pondělí|po|måndag|mandag|mån|man|maanantai|maanantaina|δευτέρα|hétfő|luni|senin|月|月曜日|星期一
周一|월|월요일

thứ ba|tuesday|tue|tues|dienstag|di|mardi|mar|martes|martedì|terça-feira|terça|ter|dinsdag|wtorek|вторник|вт|salı
úterý|út|tisdag|tirsdag|tis|tir|ti|tiistai|tiistaina|τρίτη|kedd|marți|selasa|火|火曜日|星期二|周二|화|화요일

thứ tư|wednesday|wed|weds|mittwoch|mi|mercredi|mer|miércoles|mié|mercoledì|quarta-feira|quarta|qua|woensdag|wo
środa|среда|ср|çarşamba|středa|st|onsdag|ons|ke|keskiviikko|keskiviikkona|τετάρτη|szerda|miercuri|rabu|水|水曜日|星期三
周三|수|수요일

thứ năm|thursday|thu|thur|thurs|donnerstag|do|jeudi|jeu|jueves|jue|giovedì|quinta-feira|quinta|qui|donderdag
czwartek|четверг|чт|perşembe|čtvrtek|čt|torsdag|tors|tor|to|torstai|torstaina|πέμπτη|csütörtök|joi|kamis|木|木曜日|星期四
周四|목|목요일

thứ sáu|friday|fri|freitag|fr|vendredi|ven|viernes|vie|venerdì|sexta-feira|sexta|sex|vrijdag|vr|piątek|пятница|пт
cuma|pátek|pá|fredag|fre|pe|perjantai|perjantaina|παρασκευή|péntek|vineri|jumat|金|金曜日|星期五|周五|금|금요일

thứ bảy|thứ bẩy|saturday|sat|samstag|sonnabend|sa|samedi|sam|sábado|sáb|sabato|sab|zaterdag|za|sobota|суббота|сб
cumartesi|lördag|lørdag|lör|lør|lauantai|lauantaina|σάββατο|szombat|sâmbătă|sabtu|土|土曜日|星期六|周六|토|토요일

chủ nhật|chúa nhật|cn|sunday|sun|sonntag|dimanche|dim|domingo|dom|domenica|zondag|zo|niedziela|воскресенье|вс
pazar|neděle|ne|söndag|søndag|sön|søn|su|sunnuntai|sunnuntaina|κυριακή|vasárnap|duminică|minggu|日|日曜日|星期日|星期天|周日|일
일요일
"""

_HOURS = {"gmt": 0, "utc": 0, "ut": 0, "z": 0, "wet": 0, "bst": 1, "west": 1, "cet": 1, "mez": 1, "cest": 2, "mesz": 2}
_HOURS |= {
    "eet": 2,
    "eest": 3,
    "msk": 3,
    "trt": 3,
    "ict": 7,
    "indochina time": 7,
    "giờ việt nam": 7,
    "giờ vn": 7,
    "giờ hà nội": 7,
}
_HOURS |= {
    "sgt": 8,
    "hkt": 8,
    "wib": 7,
    "jst": 9,
    "kst": 9,
    "aest": 10,
    "aedt": 11,
    "múi giờ việt nam": 7,
    "vietnam time": 7,
}
_HOURS |= {"est": -5, "edt": -4, "cst": -6, "cdt": -5, "mst": -7, "mdt": -6, "pst": -8, "pdt": -7, "brt": -3}
ZONES: Final[dict[str, int]] = {name: hours * 60 for name, hours in _HOURS.items()}
"""Minutes east of Greenwich. American names as RFC 2822, 4.3 fixes them."""
VAGUE_ZONES = ("et", "pt", "ct", "mt", "local time", "giờ địa phương")
"""Zones whose offset depends on the season or the place: the clock time cannot be placed, the day can."""

REASONS: Final[tuple[tuple[str, str], ...]] = (
    ("lunar_calendar", r"am lich|\bal\b|mung|mong|gieng|chap|nham|canh|giap"),
    ("deadline", r"\bhan (?:chot|nop|cuoi|đang|ap)|het han|ket thuc|đong thau|mo thau|deadline|expires?|closing"),
    (
        "document_date",
        r"ban hanh|hieu luc|ky hieu|nghi (?:quyet|đinh)|quyet đinh|chi thi|thong (?:tu|bao)|cong van|\bso\b|ke hoach",
    ),
    ("document_date", r"ngay ky|van ban|[a-zđ]{2}-[a-zđ]{2}|ket luan|luat|phap lenh"),
    ("range", r"(?:^|[ ,(])tu (?:ngay |luc )?\d|đen|\bden\b|from .* to|until"),
)
"""Why a text with unknown words is refused, by its folded words; the first that fits. Words for people, no rule."""


def _phrases(lines: str) -> list[str]:
    return [phrase for line in lines.strip().splitlines() for phrase in line.split("|")]


def _blocks(lines: str) -> list[list[str]]:
    """Phrases of one block a meaning, blocks apart by an empty line."""
    return [_phrases(block) for block in lines.split("\n\n")]


Meaning = tuple[str, int | str]


def _gather() -> dict[str, Meaning]:
    """Later entries do not overrule earlier ones, so the more exact meanings come first."""
    pairs: list[tuple[str, Meaning]] = []
    pairs += [(phrase, ("relative", days)) for phrase, days in TODAY.items()]
    pairs += [(phrase, ("meridiem", half)) for phrase, half in MERIDIEMS.items()]
    pairs += [(phrase, ("zone", minutes)) for phrase, minutes in ZONES.items()]
    pairs += [(phrase, ("zone", "vague")) for phrase in VAGUE_ZONES]
    for number, block in enumerate(_blocks(MONTHS), 1):
        pairs += [(phrase, ("month", number)) for phrase in block]
    for number, block in enumerate(_blocks(WEEKDAYS)):
        pairs += [(phrase, ("weekday", number)) for phrase in block]
    for kind, lines in (("counter", COUNTED), ("updated", UPDATED), ("created", CREATED), ("published", PUBLISHED)):
        pairs += [(phrase, (kind, 0)) for phrase in _phrases(lines)]
    pairs += [(phrase, ("counted", 0)) for phrase in _phrases(COUNTED_THINGS)]
    pairs += [(phrase, ("filler", 0)) for phrase in _phrases(FILLERS)]
    return _spelled(pairs)


def _spelled(pairs: list[tuple[str, Meaning]]) -> dict[str, Meaning]:
    """Folded, and for typists without a Vietnamese keyboard also with d for đ."""
    meanings: dict[str, Meaning] = {}
    for phrase, meaning in pairs:
        folded = fold_for_dates(phrase)
        meanings.setdefault(folded, meaning)
    for folded, meaning in list(meanings.items()):
        meanings.setdefault(folded.replace("đ", "d"), meaning)
    return meanings


PHRASES: Final[dict[str, Meaning]] = _gather()


def _longest_by_first_word() -> dict[str, int]:
    longest: dict[str, int] = {}
    for phrase in PHRASES:
        words = phrase.split()
        longest[words[0]] = max(longest.get(words[0], 0), len(words))
    return longest


LONGEST: Final[dict[str, int]] = _longest_by_first_word()
"""How many words the longest phrase has that begins with a word: how far a scanner must look ahead."""

WEEKDAY_TOO: Final[dict[str, int]] = {
    fold_for_dates(phrase): number
    for number, block in enumerate(_blocks(WEEKDAYS))
    for phrase in block
    if PHRASES[fold_for_dates(phrase)][0] != "weekday"
}
"""Weekdays whose abbreviation means something else too: `mar` is mardi and March, `sa` Samstag and sáng."""

RELATIVE_WORDS: Final[frozenset[str]] = frozenset({"trước", "truoc", "cách", "cach", "ago"}).union(
    *(word.replace("'", " ").split() for phrase in TODAY for word in (phrase, fold_for_dates(phrase)))
) - {"ngày", "ngay", "nay", "i"}
"""Words without which no text is relative, as printed and folded."""
