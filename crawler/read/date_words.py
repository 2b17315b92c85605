"""The words that stand around a date on a page: labels, weekdays, months, counters, zones.

Phrases stand as people write them, separated by a bar; `PHRASES` holds them with their meanings. A phrase that is not
here makes a text no date, so a word is added when a real CMS prints it beside the date of a page, never because it
occurs near dates in prose. Accents count (`lễ hội` is a festival, `le` an article): only a text that has none at all
is compared without them.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from typing import Final

Meaning = tuple[str, int | str]
"""The kind of a phrase and what it says: `("month", 5)`, `("meridiem", "pm")`, `("filler", 0)`."""

PUBLISHED = """
ngày đăng|ngày đăng tin|ngày đăng bài|ngày đăng tải|ngày giờ đăng|giờ đăng|đăng|đăng tin|đăng bài|đăng tải
được đăng|đã đăng|bài đăng|tin đăng|bài viết đăng|thời gian đăng|thời gian đăng tin|thời gian đăng bài
thời gian đăng tải|thời điểm đăng|ngày xuất bản|xuất bản|đã xuất bản|thời gian xuất bản|được xuất bản
ngày giờ xuất bản|ngày đưa tin|ngày đưa|đưa tin|đưa lên|ngày gửi|ngày gửi bài|gửi|gửi bài|gửi lúc|ngày giờ
ngày tháng|viết|viết bài|bài viết|posted|post|post date|posted date|date posted|post on|published|publish
published date|publish date|publishing date|publication date|date published|date of publication|date|date time
datetime|first published|originally published|originally posted|release date|released|article published
story published|published time|publish time|publié|publiée|publication|date de publication|mis en ligne|paru
posté|écrit|rédigé|article publié|veröffentlicht|veröffentlichung|veröffentlichungsdatum|publiziert|datum
erschienen|online seit|eingestellt|vom|verfasst|publicado|publicada|publicación|fecha|fecha de publicación
creado|publicado en|publicado el|publicação|data de publicação|data da publicação|data|postado|postado em
publicado em|pubblicato|pubblicata|data di pubblicazione|pubblicazione|pubblicato il|gepubliceerd|geplaatst
publicatiedatum|gepubliceerd op|geplaatst op|opublikowano|opublikowany|data publikacji|dodano|data dodania
opublikowane|data utworzenia|utworzono|опубликовано|опубликована|опубликован|дата публикации|дата|размещено
добавлено|создано|yayınlanma|yayınlanma tarihi|yayın tarihi|yayınlandı|eklenme|eklenme tarihi|tarih|giriş tarihi
giriş|oluşturulma tarihi|publikováno|vydáno|datum vydání|zveřejněno|datum zveřejnění|vloženo|přidáno
datum publikace|publicerad|publicerat|publicerades|publiceret|offentliggjort|udgivet|publisert|lagt ut|julkaistu
julkaisupäivä|δημοσίευση|δημοσιεύθηκε|δημοσιεύτηκε|ημερομηνία|ημερομηνία δημοσίευσης|közzétéve|közzététel
megjelent|publikálva|létrehozva|dátum|publicat|publicată|data publicării|postat|diterbitkan|dipublikasikan
tanggal|diposting|terbit|tayang|发布时间|发布日期|发表时间|时间|日期|公開日|掲載日|投稿日|公開日時|掲載日時|配信
작성일|등록일|입력|게시일|등록일자
"""

CREATED = """
ngày tạo|tạo|tạo lúc|thời gian tạo|ngày tạo lập|ngày viết|ngày soạn|created|creation date|created date
date created|erstellt|créé|créée|date de création|creato|criado|criado em|aangemaakt|vytvořeno|oprettet
opprettet|skapad
"""

UPDATED = """
sửa|sửa đổi lúc|lần cập nhật gần nhất|ngày cập nhật gần nhất|ngày cập nhật cuối cùng|ngày cập nhật tin|cập nhật lại
cập nhật|cập nhật lần cuối|lần cuối cập nhật|lần cập nhật cuối|cập nhật mới nhất|cập nhật cuối|cập nhật gần nhất
ngày cập nhật|ngày cập nhật cuối|thời gian cập nhật|thời điểm cập nhật|được cập nhật|đã cập nhật
ngày giờ cập nhật|cập nhật gần đây|cập nhật lần cuối cùng|lần cập nhật cuối cùng|sửa đổi|sửa lần cuối|chỉnh sửa
chỉnh sửa lần cuối|ngày sửa|ngày chỉnh sửa|ngày sửa đổi|lần sửa cuối|sửa đổi lần cuối|đã sửa|tin cập nhật
cập nhật tin|giờ cập nhật|updated|update|last update|last updated|updated date|date updated|modified
last modified|date modified|modified date|last modified date|last edited|edited|last revised|revised
last reviewed|latest update|article updated|story updated|mis à jour|mise à jour|actualisé|actualisée
dernière mise à jour|modifié|modifiée|dernière modification|maj|aktualisiert|zuletzt aktualisiert
letzte aktualisierung|aktualisierung|stand|geändert|zuletzt geändert|letzte änderung|actualizado|actualizada
última actualización|actualización|modificado|atualizado|atualizada|última atualização|atualização|aggiornato
aggiornata|ultimo aggiornamento|aggiornamento|ultima modifica|modificato|última modificação|última modificación
bijgewerkt|laatst bijgewerkt|gewijzigd|laatst gewijzigd|laatste update|aangepast|laatst aangepast|aktualizacja
zaktualizowano|ostatnia aktualizacja|data aktualizacji|zmodyfikowano|ostatnia modyfikacja|data modyfikacji
обновлено|обновлена|обновлен|дата обновления|последнее обновление|изменено|güncelleme|güncellenme|son güncelleme
güncellendi|güncelleme tarihi|son güncellenme|güncellenme tarihi|aktualizováno|naposledy aktualizováno
poslední aktualizace|aktualizace|upraveno|uppdaterad|senast uppdaterad|uppdaterades|opdateret|sidst opdateret
senest opdateret|oppdatert|sist oppdatert|sist endret|ændret|päivitetty|viimeksi päivitetty|muokattu|ενημέρωση
ενημερώθηκε|τελευταία ενημέρωση|frissítve|utolsó frissítés|módosítva|utolsó módosítás|actualizat|actualizare
ultima actualizare|diperbarui|terakhir diperbarui|更新时间|更新日期|更新|更新日|更新日時|最終更新|最終更新日
수정|수정일|최종수정|업데이트
"""

COUNTERS = """
lượt xem|số lượt xem|số lần xem|đã xem|xem|lần xem|lượt đọc|số lượt đọc|số lần đọc|đã đọc|lượt truy cập
số lượt truy cập|lượt xem tin|lượt xem bài|tổng lượt xem|tổng số lượt xem|người xem|số người xem|lượt thích
lượt tải|lượt chia sẻ|lần đọc|lượt người xem|lượt người đọc|bình luận|phản hồi|ý kiến|ý kiến bạn đọc
lượt bình luận|số bình luận|số lượt đọc bài|lượt nghe|view|views|view count|viewed|hits|hit|hit count|read|reads
read count|number of views|page views|pageviews|visits|visit count|time viewed|times viewed|total views|comment
comments|like|likes|share|shares|replies|downloads|download count|vues|lectures|commentaires|commentaire|aufrufe
zugriffe|kommentare|kommentar|visitas|lecturas|comentarios|comentários|visualizações|visualizzazioni|letture
commenti|weergaven|reacties|wyświetleń|wyświetlenia|odsłon|komentarzy|komentarze|просмотров|просмотры
комментариев|okunma|yorum|görüntülenme|zobrazení|visningar|visninger|katselukertaa|vizualizări|dilihat|浏览
浏览次数|点击|点击数|阅读|조회|조회수
"""

COUNTED = "lượt|lần|times|time|người|次|회"
"""What may only follow a counter's number: `Lần 2` by itself is the second of something."""

FILLERS = """
ngày|năm|lúc|vào|vào lúc|giờ|ngày giờ|vào ngày|at|on|the|of|le|la|il|alle|alle ore|ore|el|las|a las|a la|de|del
dia|em|às|op|om|am|um|uhr|kl|klo|den|w|dnia|r|roku|godz|godzina|г|года|год|в|saat|dne|v|hod|στις|ώρα|ora|la ora
pada|pukul|jam|år|óra|du|t|hs|hrs|hr|hours|časů
"""

ACCENTED_FILLERS = "hồi|vào hồi|à"
"""Fillers by their accents only: without them they would be parts of other words, as in `le hoi`."""

RELATIVE = """
0: hôm nay|ngày hôm nay|today
-1: hôm qua|ngày hôm qua|yesterday
-2: hôm kia|ngày hôm kia
"""

MERIDIEMS = """
am: sa|am|sáng|buổi sáng|πμ|上午|午前|오전
pm: ch|pm|chiều|buổi chiều|μμ|下午|午後|오후
noon: trưa|buổi trưa
evening: tối|buổi tối
night: đêm|ban đêm
"""

UNITS = """
second: giây|second|seconds|sec|secs
minute: phút|minute|minutes|min|mins
hour: giờ|tiếng|hour|hours|h|hr|hrs
day: ngày|hôm|day|days
coarse: tuần|tháng|năm|quý|week|weeks|month|months|year|years
"""
"""Units of `5 phút trước`; the unit that is named is the precision that can be had."""

ZONES = """
-8: pst
-7: pdt|mst
-6: cst|mdt
-5: est|cdt
-4: edt
-3: brt
0: gmt|utc|ut|z|wet
1: bst|west|cet|mez
2: cest|mesz|eet
3: eest|msk|trt
7: ict|wib|indochina time|vietnam time|giờ việt nam|giờ vn|giờ hà nội|múi giờ việt nam
8: sgt|hkt
9: jst|kst
10: aest
11: aedt
vague: et|pt|ct|mt|local time|giờ địa phương
"""
"""Hours east of Greenwich; American names as RFC 2822, 4.3 fixes them. The offset of a vague zone depends on the
season or the place: its clock time cannot be placed, its day can.
"""

MONTHS = """
tháng một|tháng 1|january|jan|januar|januari|janvier|janv|janner|enero|ene|gennaio|gen|janeiro|stycznia|styczeń
sty|января|январь|янв|ocak|oca|ledna|leden|led|tammikuuta|tammikuu|ιανουαρίου|ιανουάριος|ιαν|január|ianuarie|ian

tháng hai|february|feb|februar|februari|février|fevr|fev|feber|febrero|febbraio|fevereiro|lutego|luty|lut
февраля|февраль|фев|февр|şubat|şub|února|únor|úno|helmikuuta|helmikuu|φεβρουαρίου|φεβρουάριος|φεβ|február
februarie

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

tháng chín|september|sep|sept|septembre|septiembre|setiembre|settembre|set|setembro|września|wrzesień|wrz
сентября|сентябрь|сен|сент|eylül|eyl|září|zář|syyskuuta|syyskuu|σεπτεμβρίου|σεπτέμβριος|σεπ|σεπτ|szeptember
szept|septembrie

tháng mười|october|oct|oktober|okt|octobre|octubre|ottobre|ott|outubro|out|października|październik|paź|октября
октябрь|окт|ekim|eki|října|říjen|říj|lokakuuta|lokakuu|οκτωβρίου|οκτώβριος|οκτ|október|octombrie

tháng mười một|november|nov|novembre|noviembre|novembro|listopada|listopad|lis|ноября|ноябрь|ноя|нояб|kasım|kas
listopadu|marraskuuta|marraskuu|νοεμβρίου|νοέμβριος|νοε|noiembrie|noi|nopember

tháng mười hai|december|dec|dezember|dez|décembre|déc|diciembre|dic|dicembre|dezembro|grudnia|grudzień|gru
декабря|декабрь|дек|aralık|ara|prosince|prosinec|pro|joulukuuta|joulukuu|δεκεμβρίου|δεκέμβριος|δεκ|decembrie
desember|des
"""
"""From January on, months apart by an empty line."""

WEEKDAYS = """
thứ hai|monday|mon|montag|mo|lundi|lun|lunes|lunedì|segunda-feira|segunda|seg|maandag|ma|poniedziałek|pon
понедельник|пн|pazartesi|pondělí|po|måndag|mandag|mån|man|maanantai|maanantaina|δευτέρα|hétfő|luni|senin|月
月曜日|星期一|周一|월|월요일

thứ ba|tuesday|tue|tues|dienstag|di|mardi|mar|martes|martedì|terça-feira|terça|ter|dinsdag|wtorek|вторник|вт
salı|úterý|út|tisdag|tirsdag|tis|tir|ti|tiistai|tiistaina|τρίτη|kedd|marți|selasa|火|火曜日|星期二|周二|화
화요일

thứ tư|wednesday|wed|weds|mittwoch|mi|mercredi|mer|miércoles|mié|mercoledì|quarta-feira|quarta|qua|woensdag|wo
środa|среда|ср|çarşamba|středa|st|onsdag|ons|ke|keskiviikko|keskiviikkona|τετάρτη|szerda|miercuri|rabu|水|水曜日
星期三|周三|수|수요일

thứ năm|thursday|thu|thur|thurs|donnerstag|do|jeudi|jeu|jueves|jue|giovedì|quinta-feira|quinta|qui|donderdag
czwartek|четверг|чт|perşembe|čtvrtek|čt|torsdag|tors|tor|torstai|torstaina|πέμπτη|csütörtök|joi|kamis|木|木曜日
星期四|周四|목|목요일

thứ sáu|friday|fri|freitag|fr|vendredi|ven|viernes|vie|venerdì|sexta-feira|sexta|sex|vrijdag|vr|piątek|пятница
пт|cuma|pátek|pá|fredag|fre|pe|perjantai|perjantaina|παρασκευή|péntek|vineri|jumat|金|金曜日|星期五|周五|금
금요일

thứ bảy|thứ bẩy|saturday|sat|samstag|sonnabend|sa|samedi|sam|sábado|sáb|sabato|sab|zaterdag|za|sobota|суббота|сб
cumartesi|lördag|lørdag|lör|lør|lauantai|lauantaina|σάββατο|szombat|sâmbătă|sabtu|土|土曜日|星期六|周六|토
토요일

chủ nhật|chúa nhật|cn|sunday|sun|sonntag|dimanche|dim|domingo|dom|domenica|zondag|zo|niedziela|воскресенье|вс
pazar|neděle|ne|söndag|søndag|sön|søn|su|sunnuntai|sunnuntaina|κυριακή|vasárnap|duminică|minggu|日|日曜日|星期日
星期天|周日|일|일요일
"""
"""From Monday on, days apart by an empty line."""

REASONS: Final[tuple[tuple[str, str], ...]] = (
    ("lunar_calendar", r"\bam lich|\b(?:mung|mong) \d|thang (?:gieng|chap)|\b(?:giap|canh|nham) \w+ \d"),
    ("deadline", r"\bhan (?:chot|nop|cuoi|dang|ap)|het han|ket thuc|dong thau|mo thau|deadline|expire|closing"),
    ("document_date", r"ban hanh|hieu luc|ky hieu|nghi (?:quyet|dinh)|quyet dinh|chi thi|thong (?:tu|bao)"),
    ("document_date", r"cong van|ngay ky|van ban|ket luan|\bluat\b|phap lenh|\bso\b|\d-[a-z]{2}\b|\d/[a-z]{2}"),
    ("range", r"(?:^|[ ,(])tu (?:ngay |luc )?\d|\bden (?:ngay |het )?\d|\bfrom\b|\buntil\b"),
)
"""Why a text with unknown words is refused, by its words without accents; the first that fits. For people, no rule."""


_REPLACED: Final[dict[int, str | None]] = {
    **dict.fromkeys([0xAD, 0x307, 0x34F, 0x61C, 0x180E, 0xFE0E, 0xFE0F, 0xFEFF]),  # invisible: gone without a trace
    **dict.fromkeys([*range(0x200B, 0x2010), *range(0x202A, 0x202F), *range(0x2060, 0x2070)]),
    **dict.fromkeys(range(0xE000, 0xF900), " "),  # private use: the glyphs of icon fonts
    **dict.fromkeys([*range(0x1F550, 0x1F568), *map(ord, "⏰⏱⏲⌚🕰📅📆🗓👁👀")], " "),
    **dict.fromkeys(map(ord, "‐‑‒–—―−─"), "-"),
    **dict.fromkeys(map(ord, "’‘‛`´′"), "'"),
    **dict.fromkeys(map(ord, "“”″"), '"'),
    **dict.fromkeys(map(ord, "•●▪◦‣⋅∙│¦‖·■▶►»«›‹→"), "|"),
    **dict.fromkeys(map(ord, "∕⁄"), "/"),
    **dict.fromkeys(map(ord, "ÐðƉɖ"), "đ"),
    ord("、"): ",",
    ord("。"): ".",
    ord("İ"): "i",
}
_TO_REPLACE = re.compile("[" + "".join(map(chr, _REPLACED)) + "]")
_ACCENTS = re.compile("[\u0300-\u036f]+")
_BASE_LETTERS = str.maketrans({"đ": "d", "ı": "i", "ł": "l", "ø": "o", "æ": "ae", "ß": "ss"})


def fold_for_dates(text: str) -> str:
    """Lower case, NFKC, single spaces; dashes, quotes and bullets in one form each; icons and invisible marks gone."""
    if not text.isascii():
        if _TO_REPLACE.search(text):
            text = text.translate(_REPLACED)
        text = unicodedata.normalize("NFKC", text)
    return " ".join(text.lower().split())


def without_accents(text: str) -> str:
    """A folded text as it is typed on a keyboard without accents."""
    if text.isascii():
        return text
    return _ACCENTS.sub("", unicodedata.normalize("NFD", text.translate(_BASE_LETTERS)))


def keyed(lines: str) -> Iterator[tuple[str, str]]:
    """The key and the phrase of each entry in a vocabulary whose lines begin with a key."""
    for line in lines.strip().splitlines():
        key, _, phrases = line.partition(": ")
        for phrase in phrases.split("|"):
            yield key, fold_for_dates(phrase)


def _phrases(lines: str) -> list[str]:
    return [fold_for_dates(phrase) for line in lines.strip().splitlines() for phrase in line.split("|")]


def _numbered(blocks: str, first: int) -> Iterator[tuple[int, str]]:
    for number, block in enumerate(blocks.split("\n\n"), first):
        for phrase in _phrases(block):
            yield number, phrase


def _gather() -> Iterator[tuple[str, Meaning]]:
    """All phrases with their meanings; where a phrase has several, the first counts."""
    yield from ((phrase, ("relative", int(days))) for days, phrase in keyed(RELATIVE))
    yield from ((phrase, ("meridiem", half)) for half, phrase in keyed(MERIDIEMS))
    for hours, phrase in keyed(ZONES):
        yield phrase, ("zone", hours if hours == "vague" else 60 * int(hours))
    yield from ((phrase, ("month", number)) for number, phrase in _numbered(MONTHS, 1))
    yield from ((phrase, ("weekday", number)) for number, phrase in _numbered(WEEKDAYS, 0))
    labels = {"counter": COUNTERS, "updated": UPDATED, "created": CREATED, "published": PUBLISHED}
    for kind, lines in {**labels, "counted": COUNTED, "filler": FILLERS}.items():
        yield from ((phrase, (kind, 0)) for phrase in _phrases(lines))


def _first_meanings() -> dict[str, Meaning]:
    meanings: dict[str, Meaning] = {}
    for phrase, meaning in _gather():
        meanings.setdefault(phrase, meaning)
    return meanings


def _without_accents_too(meanings: dict[str, Meaning]) -> dict[str, Meaning]:
    bare = {without_accents(phrase): meaning for phrase, meaning in reversed(meanings.items())}
    return bare | meanings


_ACCENTED = _first_meanings()
PHRASES_WITHOUT_ACCENTS: Final[dict[str, Meaning]] = _without_accents_too(_ACCENTED)
"""For a text in plain ASCII: every phrase as printed or as typed without accents."""
PHRASES: Final[dict[str, Meaning]] = _ACCENTED | dict.fromkeys(_phrases(ACCENTED_FILLERS), ("filler", 0))


def _longest_by_first_word() -> dict[str, int]:
    longest: dict[str, int] = {}
    for phrase in (*PHRASES, *PHRASES_WITHOUT_ACCENTS):
        words = phrase.split()
        longest[words[0]] = max(longest.get(words[0], 0), len(words))
    return longest


LONGEST: Final[dict[str, int]] = _longest_by_first_word()
"""How many words the longest phrase has that begins with a word: how far a scanner must look ahead."""

WEEKDAY_TOO: Final[dict[str, int]] = {
    phrase: number for number, phrase in _numbered(WEEKDAYS, 0) if PHRASES[phrase][0] != "weekday"
}
"""Weekdays whose abbreviation means something else too: `mar` is mardi and March, `sa` Samstag and sáng."""

RELATIVE_WORDS: Final[frozenset[str]] = frozenset(
    ("hôm", "hom", "trước", "truoc", "cách", "cach", "ago", "today", "yesterday")
)
"""Words without which no text counts from the time of the fetch."""
